/** Moves one coroutine until it parks or ends. Never re-enters one that is running. */

import type { Effect, Operation, Scope } from 'effection'
import { isPromise } from '../base/realms.js'
import type { Coroutine } from './coroutine.js'
import { Courier } from './courier.js'
import { Leave } from './leave.js'
import { NotAnEffectError } from './not-an-effect-error.js'
import { NOBODY, type Outcome } from './particulars.js'
import { Promised } from './promised.js'
import type { Reactor } from './reactor.js'
import { type Parking, RESUME, Ready } from './ready.js'
import { onceSettled } from './settling.js'
import { next, type Resumption, resume, type Steps, start, UNWIND } from './steps.js'
import { mustLeave, Unwinder } from './unwinder.js'

type AnyCoroutine = Coroutine<unknown>

/** How often one that finds everything ready goes on before the others get their turn. */
const STRIDE = 100

export class Stepper {
  readonly #reactor: Reactor
  readonly #errands: () => Scope
  readonly #home: Parking
  readonly #settled: (coroutine: AnyCoroutine) => void
  /** Brings down those that it moves. */
  readonly unwinder: Unwinder
  /** Those on the stack, the innermost last. */
  readonly running: AnyCoroutine[] = []

  /** `settled` is called once for every coroutine, when it has its answer and before its listeners hear of it. */
  constructor(options: {
    reactor: Reactor
    errands: () => Scope
    home: Parking
    settled: (coroutine: AnyCoroutine) => void
  }) {
    this.#reactor = options.reactor
    this.#errands = options.errands
    this.#home = options.home
    this.#settled = options.settled
    this.unwinder = new Unwinder(options.reactor, {
      step: (coroutine) => this.step(coroutine),
      settle: (coroutine, outcome) => this.#settle(coroutine, outcome),
    })
  }

  /** Runs a fresh or queued coroutine until it parks or ends. */
  step(coroutine: AnyCoroutine): void {
    const before = coroutine.particulars?.courier
    this.running.push(coroutine)
    before?.hold()
    try {
      this.#step(coroutine)
    } finally {
      this.running.pop()
      before?.release()
      coroutine.particulars?.courier?.release()
    }
  }

  #step(coroutine: AnyCoroutine): void {
    const fresh = coroutine.state === 'fresh'
    coroutine.state = 'running'
    const outcome = coroutine.particulars?.outcome
    if (outcome !== undefined) return this.#settle(coroutine, outcome)
    let ending: Outcome
    try {
      if (!fresh && !this.#canGoOn(coroutine, 'woken')) return this.#reactor.park(coroutine)
      if (fresh) coroutine.content = start(coroutine.content as () => Operation<unknown>)
      const steps = coroutine.content as Steps
      let result = fresh ? next(steps, undefined) : this.#resume(coroutine, steps)
      for (let left = STRIDE; !result.done; left--) {
        this.#accept(coroutine, result.value)
        const canGoOn = this.#canGoOn(coroutine, 'arriving')
        if (!this.unwinder.turnsBack(coroutine) && !canGoOn) return this.#reactor.park(coroutine)
        if (left === 0) return this.#reactor.rest(coroutine)
        result = this.#resume(coroutine, steps)
      }
      ending = { state: 'returned', value: result.value }
    } catch (failure) {
      ending = { state: 'thrown', value: failure }
    }
    this.#end(coroutine, ending)
  }

  #resume(coroutine: AnyCoroutine, steps: Steps): IteratorResult<Effect<unknown>, unknown> {
    const { particulars } = coroutine
    const resumption = particulars?.resumption
    if (particulars === undefined || resumption === undefined) return next(steps, RESUME)
    particulars.resumption = undefined
    if (resumption === UNWIND && particulars.doom !== undefined) particulars.unwinding = true
    return resume(steps, resumption)
  }

  /** Decides what it waits for next: `coroutine.handle`, unless there is a resumption for it already. */
  #accept(coroutine: AnyCoroutine, effect: unknown): void {
    try {
      this.#arrange(coroutine, effect)
    } catch (value) {
      // What was yielded throws when it is looked at: a getter, a proxy.
      coroutine.particular.resumption = { method: 'throw', value }
    }
  }

  #arrange(coroutine: AnyCoroutine, effect: unknown): void {
    const { particulars } = coroutine
    if (particulars !== undefined && mustLeave(particulars)) {
      particulars.resumption = UNWIND
      leaveAlone(effect)
    } else if (effect instanceof Ready && (effect.home === undefined || effect.home === this.#home)) {
      coroutine.handle = this.#reactor.meant(effect.handle)
    } else if (effect instanceof Promised) {
      this.#await(coroutine, effect.promise)
    } else if (effect instanceof Leave) {
      coroutine.particular.resumption = UNWIND
    } else if (isEffect(effect)) {
      this.#perform(coroutine, effect)
    } else if (isThenable(effect)) {
      this.#await(coroutine, effect)
    } else {
      coroutine.particular.resumption = { method: 'throw', value: new NotAnEffectError(effect) }
    }
  }

  #canGoOn(coroutine: AnyCoroutine, when: 'woken' | 'arriving'): boolean {
    if (coroutine.particulars?.resumption !== undefined) return true
    try {
      return when === 'woken' ? this.#reactor.isStillReady(coroutine.handle) : this.#reactor.isReady(coroutine.handle)
    } catch (failure) {
      coroutine.particular.resumption = { method: 'throw', value: failure }
      return true
    }
  }

  #perform(coroutine: AnyCoroutine, effect: Effect<unknown>): void {
    const { particular } = coroutine
    const { description } = effect as Partial<Effect<unknown>>
    const handle = this.#reactor.open(typeof description === 'string' ? description : 'an effect')
    coroutine.handle = handle
    if (particular.courier === undefined || particular.courier.isHome) {
      particular.courier = new Courier(this.#errands(), {
        crashed: (failure) => this.unwinder.crash(coroutine, failure),
        unwind: () => this.unwinder.leaveScope(coroutine),
        undoFailed: (failure) => this.unwinder.undoFailed(coroutine, failure),
      })
    }
    particular.courier.perform(effect, (resumption) => this.#deliver(coroutine, handle, resumption))
  }

  #await(coroutine: AnyCoroutine, promise: PromiseLike<unknown>): void {
    const handle = this.#reactor.open('a promise')
    const { particular } = coroutine
    coroutine.handle = handle
    let state = 'waiting' as 'waiting' | 'told'
    const leave = onceSettled(promise, (resumption) => {
      state = 'told'
      particular.leavePromise = undefined
      this.#deliver(coroutine, handle, resumption)
    })
    if (state === 'told') return
    particular.leavePromise = () => {
      leave()
      this.#reactor.fulfil(handle)
    }
  }

  /** A result for a coroutine that has meanwhile been cancelled wakes nobody. */
  #deliver(coroutine: AnyCoroutine, handle: number, resumption: Resumption): void {
    const waiting = coroutine.handle === handle && (coroutine.state === 'parked' || coroutine.state === 'running')
    if (waiting) coroutine.particular.resumption ??= resumption
    if (waiting) coroutine.particular.courier?.hold()
    this.#reactor.fulfil(handle)
  }

  /** Its generator is done. It has its answer when everything it had spawned in Effection is gone too. */
  #end(coroutine: AnyCoroutine, outcome: Outcome): void {
    const { particulars } = coroutine
    if (particulars === undefined) return this.#settle(coroutine, outcome)
    // One that was told to return has returned nothing.
    if (outcome.state === 'returned' && outcome.value !== undefined) particulars.returned = outcome
    const final = outcome.state === 'returned' ? (particulars.doom ?? outcome) : outcome
    const { courier } = particulars
    if (courier === undefined) return this.#settle(coroutine, final)
    particulars.outcome = final
    const handle = this.#reactor.open('what it has spawned to end')
    coroutine.handle = handle
    courier.recall((failure) => {
      if (failure !== undefined) particulars.outcome = { state: 'thrown', value: failure }
      this.#reactor.fulfil(handle)
    })
    if (courier.isHome) this.#settle(coroutine, particulars.outcome)
    else this.#reactor.park(coroutine)
  }

  #settle(coroutine: AnyCoroutine, outcome: Outcome): void {
    coroutine.state = outcome.state
    coroutine.content = outcome.value
    this.#settled(coroutine)
    const { particulars } = coroutine
    if (particulars?.returned !== undefined && outcome.state !== 'returned')
      coroutine.dropped(particulars.returned.value)
    coroutine.ended()
    if (particulars === undefined) return
    coroutine.particulars = undefined
    if (particulars.doneHandle !== undefined) this.#reactor.fulfil(particulars.doneHandle)
    for (const listener of particulars.listeners ?? NOBODY) listener()
  }
}

/** Of a promise that is not waited for after all nobody else may hear that it rejects. */
function leaveAlone(effect: unknown): void {
  const promise = effect instanceof Promised ? effect.promise : effect
  if (isPromise(promise)) promise.catch(() => {})
}

function isEffect(value: unknown): value is Effect<unknown> {
  return typeof value === 'object' && value !== null && 'enter' in value && typeof value.enter === 'function'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
