/** The way down: brings coroutines to leave what they wait for, and all that they own before them. */

import { CancelledError } from '../base/errors.js'
import { warnOf } from '../base/warn.js'
import type { Coroutine } from './coroutine.js'
import { NOBODY, type Outcome, type Particulars } from './particulars.js'
import type { Reactor } from './reactor.js'
import { UNWIND } from './steps.js'

type AnyCoroutine = Coroutine<unknown>

/** Who moves coroutines. */
export interface Mover {
  /** Runs one that can move until it parks or ends. */
  step(coroutine: AnyCoroutine): void
  /** Ends one that has nothing to unwind. */
  settle(coroutine: AnyCoroutine, outcome: Outcome): void
}

export class Unwinder {
  readonly #reactor: Reactor
  readonly #mover: Mover

  constructor(reactor: Reactor, mover: Mover) {
    this.#reactor = reactor
    this.#mover = mover
  }

  /** Undoes what it waits for and runs its `finally` blocks; at once, if it is not on the stack. */
  cancel(coroutine: AnyCoroutine, reason: unknown): void {
    if (!isOnItsWayDown(coroutine))
      this.#bringDown(coroutine, { state: 'cancelled', value: new CancelledError(reason) })
  }

  /** The same, but it has failed. */
  fail(coroutine: AnyCoroutine, failure: unknown): void {
    if (!isOnItsWayDown(coroutine)) this.#bringDown(coroutine, { state: 'thrown', value: failure })
  }

  #bringDown(coroutine: AnyCoroutine, doom: Outcome): void {
    if (coroutine.state === 'fresh') return this.#mover.settle(coroutine, doom)
    const owned = this.#ownedBy(coroutine)
    const leaves = this.#doom(coroutine, doom)
    if (owned !== undefined) this.#cancelLine(owned, coroutine)
    if (leaves && canMove(coroutine)) this.#mover.step(coroutine)
  }

  /** It, and what it owns, and so on: the last ends first. What one throws on its way is for its owner to end with. */
  #cancelLine(first: AnyCoroutine, owner: AnyCoroutine): void {
    const leaving: [AnyCoroutine, AnyCoroutine][] = []
    for (let next: AnyCoroutine | undefined = first, by = owner; next !== undefined; ) {
      const owned = this.#ownedBy(next)
      if (this.#doom(next, { state: 'cancelled', value: new CancelledError() })) leaving.push([next, by])
      by = next
      next = owned
    }
    for (const [each, its] of leaving.reverse()) {
      if (canMove(each)) this.#mover.step(each)
      if (each.state === 'thrown') this.undoFailed(its, each.content)
    }
  }

  /**
   * What is to be cancelled with it, because it alone waits for that. Found from outside: each would cancel the next from
   * within its own end, and the stack is not as deep as a line of them may be long.
   */
  #ownedBy(coroutine: AnyCoroutine): AnyCoroutine | undefined {
    const target = coroutine.state === 'parked' ? this.#reactor.whoEndsAt(coroutine.handle) : undefined
    if (target === undefined || isOnItsWayDown(target) || target.state === 'fresh') return undefined
    const { owner, joiners, listeners = NOBODY } = target.particular
    return owner === coroutine && joiners === 1 && listeners.size === 0 ? target : undefined
  }

  /** Has it unwind when it is next stepped; whether that can be now. Not of one whose generator has ended: the rest goes on. */
  #doom(coroutine: AnyCoroutine, doom: Outcome): boolean {
    const { particular } = coroutine
    particular.doom = doom
    if (particular.outcome !== undefined) particular.outcome = doom
    if (!canLeave(coroutine)) {
      particular.courier?.unwindLater()
      return false
    }
    this.#reactor.unpark(coroutine)
    this.#takeBack(coroutine)
    return true
  }

  /** Undoes what it waits for. */
  #takeBack(coroutine: AnyCoroutine): void {
    const { particular } = coroutine
    const thrown = particular.courier?.abandon()
    if (thrown !== undefined) this.undoFailed(coroutine, thrown.value)
    particular.leavePromise?.()
    particular.leavePromise = undefined
    coroutine.handle = this.#reactor.movable
    particular.resumption = UNWIND
  }

  /** Whether one that has just begun to wait has to leave at once: it was brought down, or has crashed, while it arrived. */
  turnsBack(coroutine: AnyCoroutine): boolean {
    const { particulars } = coroutine
    if (particulars === undefined || particulars.resumption?.method === 'throw') return false
    if (!mustLeave(particulars) && !particulars.courier?.hasToUnwind) return false
    this.#takeBack(coroutine)
    return true
  }

  /**
   * Something that it has spawned has failed: it unwinds when it has its turn, and what else it has spawned stands still
   * until then. From its `finally` blocks it is not called away. The last failure counts, but what it threw itself more.
   */
  crash(coroutine: AnyCoroutine, failure: unknown): void {
    const { particular } = coroutine
    const { outcome } = particular
    const doom: Outcome = { state: 'thrown', value: failure }
    if (outcome?.state === 'thrown' && outcome !== particular.doom) {
      warnOf('what it had spawned', failure)
    } else if (particular.unwinding) {
      particular.doom = doom
      if (outcome !== undefined) particular.outcome = doom
    } else {
      if (canLeave(coroutine)) this.#rouse(coroutine)
      this.#doom(coroutine, doom)
    }
  }

  #rouse(coroutine: AnyCoroutine): void {
    coroutine.particulars?.courier?.hold()
    this.#reactor.rouse(coroutine)
  }

  /** An inner scope of its own is to be left. Whether it goes on behind that is for its generator to say. */
  leaveScope(coroutine: AnyCoroutine): void {
    const { particular } = coroutine
    if (coroutine.finished || particular.outcome !== undefined) return
    this.#rouse(coroutine)
    this.#takeBack(coroutine)
  }

  /** What ends a coroutine takes its place, unless that has failed already, or is only an inner scope of it. */
  undoFailed(coroutine: AnyCoroutine, failure: unknown): void {
    const { particulars } = coroutine
    // Whoever waits for all that it has spawned hears of this from there.
    if (particulars?.outcome !== undefined) return
    if (particulars?.doom?.state === 'cancelled') particulars.doom = { state: 'thrown', value: failure }
    else warnOf('an undo', failure)
  }
}

/** One that has returned, and waits for what it has spawned, is not: nobody has its answer yet. */
function isOnItsWayDown({ finished, particulars }: AnyCoroutine): boolean {
  return finished || particulars?.doom !== undefined || particulars?.outcome?.state === 'thrown'
}

/** Not from the stack, nor from a critical section; and one whose generator has ended has left. */
function canLeave({ state, particulars }: AnyCoroutine): boolean {
  return state !== 'running' && particulars?.outcome === undefined && !particulars?.courier?.isCritical
}

/** Not so where somebody else has stepped it meanwhile. */
function canMove({ state }: AnyCoroutine): boolean {
  return state === 'queued' || state === 'resting'
}

/** Whether it is doomed and does not know it yet. A critical section comes to its end first. */
export function mustLeave({ resumption, doom, unwinding, courier }: Particulars): boolean {
  return resumption === UNWIND || (doom !== undefined && !unwinding && !courier?.isCritical)
}
