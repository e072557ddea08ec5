/** Steps one coroutine until it parks or ends. A coroutine that is running is never entered again. */

import type { Effect, Operation, Scope } from 'effection'
import { isPromise } from '../base/realms.js'
import type { Coroutine } from './coroutine.js'
import { afterEnd, hasEnded, NO_LISTENERS, type Outcome } from './coroutine-state.js'
import { EffectTask } from './effect-task.js'
import { enter, hasRoom, leave, postpone } from './nesting.js'
import { NotAnEffectError } from './not-an-effect-error.js'
import { Promised } from './promised.js'
import { canMove, type Reactor } from './reactor.js'
import { type Parking, RESUME, Ready } from './ready.js'
import { onceSettled } from './settling.js'
import { next, open, type Resumption, resume, type Steps, start, UNWIND } from './steps.js'
import { Unwind } from './unwind.js'
import { mustUnwind, Unwinder } from './unwinder.js'

type AnyCoroutine = Coroutine<unknown>

/** How many steps in a row a coroutine takes that never has to wait, before the others have their turn. */
const STRIDE = 100

export class Stepper {
  readonly #reactor: Reactor
  readonly #effectScope: () => Scope
  readonly #parking: Parking
  readonly #settled: (coroutine: AnyCoroutine) => void
  /** Cancels and fails the coroutines that are stepped here. */
  readonly unwinder: Unwinder
  /** The coroutines on the stack, the innermost last. */
  readonly running: AnyCoroutine[] = []

  /** `settled` is called once for each coroutine, when it has its answer and before its listeners are told. */
  constructor(options: {
    reactor: Reactor
    effectScope: () => Scope
    parking: Parking
    settled: (coroutine: AnyCoroutine) => void
  }) {
    this.#reactor = options.reactor
    this.#effectScope = options.effectScope
    this.#parking = options.parking
    this.#settled = options.settled
    this.unwinder = new Unwinder(options.reactor, {
      step: (coroutine) => this.stepSoon(coroutine),
      settle: (coroutine, outcome) => this.#settle(coroutine, outcome),
    })
  }

  /** Runs a coroutine that can move until it parks, ends or is preempted. What it has spawned stands still meanwhile. */
  step(coroutine: AnyCoroutine): void {
    enter()
    try {
      this.#stepAlone(coroutine)
    } finally {
      leave()
    }
  }

  #stepAlone(coroutine: AnyCoroutine): void {
    const before = coroutine.extra?.effectTask
    this.running.push(coroutine)
    before?.hold()
    try {
      this.#step(coroutine)
    } finally {
      this.running.pop()
      before?.release()
      coroutine.extra?.effectTask?.release()
    }
  }

  /** As `step`. Where the stack has no room, the coroutine moves in its turn, or when the outermost one stands still. */
  stepSoon(coroutine: AnyCoroutine): void {
    if (hasRoom()) return this.step(coroutine)
    this.#reactor.enqueue(coroutine)
    postpone(() => {
      if (canMove(coroutine)) this.step(coroutine)
    })
  }

  #step(coroutine: AnyCoroutine): void {
    const fresh = coroutine.state === 'fresh'
    coroutine.state = 'running'
    // The generator has ended in an earlier step, and now the effect task has ended too.
    const ending = coroutine.extra?.ending
    if (hasEnded(ending)) return this.#settle(coroutine, ending.outcome)
    let outcome: Outcome
    try {
      if (!fresh && !this.#canGoOn(coroutine, 'woken')) return this.#reactor.park(coroutine)
      if (fresh) coroutine.content = open(coroutine.content as () => Operation<unknown>)
      const steps = coroutine.content as Steps
      let result = fresh ? start(steps) : this.#resume(coroutine, steps)
      for (let left = STRIDE; !result.done; left--) {
        this.#accept(coroutine, result.value)
        const canGoOn = this.#canGoOn(coroutine, 'arriving')
        if (!this.unwinder.unwindsOnArrival(coroutine) && !canGoOn) return this.#reactor.park(coroutine)
        if (left === 0) return this.#reactor.preempt(coroutine)
        result = this.#resume(coroutine, steps)
      }
      outcome = { state: 'returned', value: result.value }
    } catch (failure) {
      outcome = { state: 'thrown', value: failure }
    }
    this.#end(coroutine, outcome)
  }

  #resume(coroutine: AnyCoroutine, steps: Steps): IteratorResult<Effect<unknown>, unknown> {
    const { extra } = coroutine
    const resumption = extra?.resumption
    if (extra === undefined || resumption === undefined) return next(steps, RESUME)
    extra.resumption = undefined
    if (resumption === UNWIND && extra.ending?.phase === 'forced')
      extra.ending = { phase: 'unwinding', outcome: extra.ending.outcome }
    return resume(steps, resumption)
  }

  /** Arranges the wait for `effect`: sets `coroutine.handle`, or, where there is nothing to wait for, a resumption. */
  #accept(coroutine: AnyCoroutine, effect: unknown): void {
    try {
      this.#arrange(coroutine, effect)
    } catch (value) {
      // A getter or a proxy can throw when the yielded value is examined.
      coroutine.ensureExtra().resumption = { method: 'throw', value }
    }
  }

  #arrange(coroutine: AnyCoroutine, effect: unknown): void {
    const { extra } = coroutine
    if (extra !== undefined && mustUnwind(extra)) {
      extra.resumption = UNWIND
      ignoreRejection(effect)
    } else if (effect instanceof Ready && (effect.boundTo === undefined || effect.boundTo === this.#parking)) {
      coroutine.handle = this.#reactor.fromPublic(effect.handle)
    } else if (effect instanceof Promised) {
      this.#await(coroutine, effect.promise)
    } else if (effect instanceof Unwind) {
      coroutine.ensureExtra().resumption = UNWIND
    } else if (isEffect(effect)) {
      this.#perform(coroutine, effect)
    } else if (isThenable(effect)) {
      this.#await(coroutine, effect)
    } else {
      coroutine.ensureExtra().resumption = { method: 'throw', value: new NotAnEffectError(effect) }
    }
  }

  #canGoOn(coroutine: AnyCoroutine, when: 'woken' | 'arriving'): boolean {
    if (coroutine.extra?.resumption !== undefined) return true
    try {
      return when === 'woken' ? this.#reactor.isStillReady(coroutine.handle) : this.#reactor.isReady(coroutine.handle)
    } catch (failure) {
      coroutine.ensureExtra().resumption = { method: 'throw', value: failure }
      return true
    }
  }

  #perform(coroutine: AnyCoroutine, effect: Effect<unknown>): void {
    const extra = coroutine.ensureExtra()
    const { description } = effect as Partial<Effect<unknown>>
    const handle = this.#reactor.open(typeof description === 'string' ? description : 'an effect')
    coroutine.handle = handle
    if (extra.effectTask === undefined || extra.effectTask.hasEnded) {
      extra.effectTask = new EffectTask(this.#effectScope(), {
        childFailed: (failure) => this.unwinder.childFailed(coroutine, failure),
        leaveScope: () => this.unwinder.leaveScope(coroutine),
        undoFailed: (failure) => this.unwinder.undoFailed(coroutine, failure),
      })
    }
    extra.effectTask.perform(effect, (resumption) => this.#deliver(coroutine, handle, resumption))
  }

  #await(coroutine: AnyCoroutine, promise: PromiseLike<unknown>): void {
    const handle = this.#reactor.open('a promise')
    const extra = coroutine.ensureExtra()
    coroutine.handle = handle
    let state = 'waiting' as 'waiting' | 'settled'
    const stopListening = onceSettled(promise, (resumption) => {
      state = 'settled'
      extra.stopAwaiting = undefined
      this.#deliver(coroutine, handle, resumption)
    })
    if (state === 'settled') return
    extra.stopAwaiting = () => {
      stopListening()
      this.#reactor.fulfil(handle)
    }
  }

  /** Has `coroutine` resume with the result it waits for at `handle`. If it was cancelled meanwhile, only closes the handle. */
  #deliver(coroutine: AnyCoroutine, handle: number, resumption: Resumption): void {
    const waiting = coroutine.handle === handle && (coroutine.state === 'parked' || coroutine.state === 'running')
    if (waiting) coroutine.ensureExtra().resumption ??= resumption
    if (waiting) coroutine.ensureExtra().effectTask?.hold()
    this.#reactor.fulfil(handle)
  }

  /** The generator has ended with `outcome`. The coroutine settles once everything it has spawned in Effection has ended too. */
  #end(coroutine: AnyCoroutine, outcome: Outcome): void {
    const { extra } = coroutine
    if (extra === undefined) return this.#settle(coroutine, outcome)
    // `undefined` is nothing to drop. A generator that UNWIND told to return returns it, unless a `finally` block returns more.
    if (outcome.state === 'returned' && outcome.value !== undefined) extra.returned = outcome
    const ending = afterEnd(extra.ending, outcome)
    const { effectTask } = extra
    if (effectTask === undefined || effectTask.hasEnded) return this.#settle(coroutine, ending.outcome)
    extra.ending = ending
    const handle = this.#reactor.open('what it has spawned to end')
    coroutine.handle = handle
    effectTask.end((failure) => {
      if (failure !== undefined) extra.ending = { phase: 'failed', outcome: { state: 'thrown', value: failure } }
      this.#reactor.fulfil(handle)
    })
    if (effectTask.hasEnded) this.#settle(coroutine, extra.ending.outcome)
    else this.#reactor.park(coroutine)
  }

  #settle(coroutine: AnyCoroutine, outcome: Outcome): void {
    coroutine.state = outcome.state
    coroutine.content = outcome.value
    this.#settled(coroutine)
    const { extra } = coroutine
    if (extra?.returned !== undefined && outcome.state !== 'returned') coroutine.dropped(extra.returned.value)
    coroutine.ended()
    if (extra === undefined) return
    coroutine.extra = undefined
    if (extra.doneHandle !== undefined) this.#reactor.fulfil(extra.doneHandle)
    for (const listener of extra.listeners ?? NO_LISTENERS) listener()
  }
}

/** A promise that the coroutine yields while it has to unwind is not waited for: its rejection must not count as unhandled. */
function ignoreRejection(effect: unknown): void {
  const promise = effect instanceof Promised ? effect.promise : effect
  if (isPromise(promise)) promise.catch(() => {})
}

function isEffect(value: unknown): value is Effect<unknown> {
  return typeof value === 'object' && value !== null && 'enter' in value && typeof value.enter === 'function'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
