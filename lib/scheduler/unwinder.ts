/** Unwinds coroutines that are cancelled or have failed: undoes what they wait for and has their `finally` blocks run. */

import { CancelledError } from '../base/errors.js'
import { warnOf } from '../base/warn.js'
import type { Coroutine } from './coroutine.js'
import { afterForce, type ExtraState, type ForcedOutcome, hasEnded, NO_LISTENERS } from './coroutine-state.js'
import { canMove, type Reactor } from './reactor.js'
import { UNWIND } from './steps.js'

type AnyCoroutine = Coroutine<unknown>

/** What the unwinder asks of the stepper. */
export interface Mover {
  /** Runs a coroutine that can move until it parks, ends or is preempted. */
  step(coroutine: AnyCoroutine): void
  /** Ends a coroutine that has nothing to unwind. */
  settle(coroutine: AnyCoroutine, outcome: ForcedOutcome): void
}

export class Unwinder {
  readonly #reactor: Reactor
  readonly #mover: Mover

  constructor(reactor: Reactor, mover: Mover) {
    this.#reactor = reactor
    this.#mover = mover
  }

  /** Undoes what `coroutine` waits for and runs its `finally` blocks: at once, unless it is running or in a critical section. */
  cancel(coroutine: AnyCoroutine, reason: unknown): void {
    if (!isDecided(coroutine)) this.#unwind(coroutine, { state: 'cancelled', value: new CancelledError(reason) })
  }

  /** As `cancel`, but the coroutine ends with `failure`. */
  fail(coroutine: AnyCoroutine, failure: unknown): void {
    if (!isDecided(coroutine)) this.#unwind(coroutine, { state: 'thrown', value: failure })
  }

  #unwind(coroutine: AnyCoroutine, forced: ForcedOutcome): void {
    if (coroutine.state === 'fresh') return this.#mover.settle(coroutine, forced)
    const owned = this.#ownedBy(coroutine)
    const isFree = this.#force(coroutine, forced)
    if (owned !== undefined) this.#cancelChain(owned, coroutine)
    // Not if somebody else has stepped it meanwhile.
    if (isFree && canMove(coroutine)) this.#mover.step(coroutine)
  }

  /**
   * Cancels `first`, the coroutine that `first` owns, and so on. The innermost is stepped first. What one of them throws in
   * that step becomes the failure of its owner, as in `undoFailed`.
   */
  #cancelChain(first: AnyCoroutine, owner: AnyCoroutine): void {
    const unwinding: { readonly each: AnyCoroutine; readonly itsOwner: AnyCoroutine }[] = []
    for (let each: AnyCoroutine | undefined = first, itsOwner = owner; each !== undefined; ) {
      const owned = this.#ownedBy(each)
      if (this.#force(each, { state: 'cancelled', value: new CancelledError() })) unwinding.push({ each, itsOwner })
      itsOwner = each
      each = owned
    }
    for (const { each, itsOwner } of unwinding.reverse()) {
      if (canMove(each)) this.#mover.step(each)
      if (each.state === 'thrown') this.undoFailed(itsOwner, each.content)
    }
  }

  /**
   * The coroutine that `coroutine` owns and waits for, if nobody else waits for that: the two are cancelled together. A chain of
   * owners is followed by a loop, from outside: a chain may be longer than the stack is deep, and each of them would
   * otherwise cancel the next while it unwinds itself.
   */
  #ownedBy(coroutine: AnyCoroutine): AnyCoroutine | undefined {
    const target = coroutine.state === 'parked' ? this.#reactor.joinTarget(coroutine.handle) : undefined
    if (target === undefined || isDecided(target) || target.state === 'fresh') return undefined
    const { owner, joiners, listeners = NO_LISTENERS } = target.ensureExtra()
    return owner === coroutine && joiners === 1 && listeners.size === 0 ? target : undefined
  }

  /**
   * Forces an outcome on a coroutine: its next step unwinds it. Returns whether that step may be taken now. Where the
   * generator has ended there is nothing to unwind; what the coroutine has spawned ends in its own time.
   */
  #force(coroutine: AnyCoroutine, forced: ForcedOutcome): boolean {
    const extra = coroutine.ensureExtra()
    extra.ending = afterForce(extra.ending, forced)
    if (!canUnwindNow(coroutine)) {
      extra.effectTask?.unwindLater()
      return false
    }
    this.#reactor.unpark(coroutine)
    this.#undoWait(coroutine)
    return true
  }

  /** Undoes what `coroutine` waits for, and has its next step call `return` on the generator. */
  #undoWait(coroutine: AnyCoroutine): void {
    const extra = coroutine.ensureExtra()
    const thrown = extra.effectTask?.abandon()
    if (thrown !== undefined) this.undoFailed(coroutine, thrown.value)
    extra.stopAwaiting?.()
    extra.stopAwaiting = undefined
    coroutine.handle = this.#reactor.alwaysReady
    extra.resumption = UNWIND
  }

  /**
   * Asked of a running coroutine that has just begun to wait. Undoes the wait and returns true if the coroutine has to unwind
   * now: an outcome was forced on it before the wait was arranged or while it was, or a critical section is over that an
   * unwind had to wait for, or it yielded `Unwind`. If the wait has failed at once, that failure takes precedence.
   */
  unwindsOnArrival(coroutine: AnyCoroutine): boolean {
    const { extra } = coroutine
    if (extra === undefined || extra.resumption?.method === 'throw') return false
    if (!mustUnwind(extra) && !extra.effectTask?.mustUnwind) return false
    this.#undoWait(coroutine)
    return true
  }

  /**
   * Something that `coroutine` has spawned has failed. The coroutine unwinds when it has its turn, and its other children stand
   * still until then. `finally` blocks that already run go on to their end. Of several such failures the last
   * counts; what the coroutine itself has thrown counts more, and the child's failure is then only a warning.
   */
  childFailed(coroutine: AnyCoroutine, failure: unknown): void {
    const extra = coroutine.ensureExtra()
    const forced: ForcedOutcome = { state: 'thrown', value: failure }
    if (extra.ending?.phase === 'failed') {
      warnOf('what it had spawned', failure)
    } else if (extra.ending?.phase === 'unwinding') {
      extra.ending = afterForce(extra.ending, forced)
    } else {
      if (canUnwindNow(coroutine)) this.#rouse(coroutine)
      this.#force(coroutine, forced)
    }
  }

  /** Lets a parked coroutine move in its turn; its children stand still until it waits again. */
  #rouse(coroutine: AnyCoroutine): void {
    coroutine.extra?.effectTask?.hold()
    this.#reactor.rouse(coroutine)
  }

  /** An inner scope of `coroutine` is to be left. The generator unwinds that scope, and decides itself whether to go on after. */
  leaveScope(coroutine: AnyCoroutine): void {
    const extra = coroutine.ensureExtra()
    if (coroutine.finished || hasEnded(extra.ending)) return
    this.#rouse(coroutine)
    this.#undoWait(coroutine)
  }

  /**
   * An undo failed while `coroutine` was unwound. If the coroutine was being cancelled, it ends with this failure instead. If
   * it has failed already, or leaves only an inner scope, the failure is a warning.
   */
  undoFailed(coroutine: AnyCoroutine, failure: unknown): void {
    const { extra } = coroutine
    // Once the generator has ended, the end of the effect task reports the failure.
    if (hasEnded(extra?.ending)) return
    if (extra?.ending?.outcome.state === 'cancelled')
      extra.ending = afterForce(extra.ending, { state: 'thrown', value: failure })
    else warnOf('an undo', failure)
  }
}

/**
 * Whether it is too late to force an outcome. It is not while a coroutine that has returned waits for what it has spawned:
 * nobody has its answer yet.
 */
function isDecided({ finished, extra }: AnyCoroutine): boolean {
  return finished || (extra?.ending !== undefined && extra.ending.phase !== 'returned')
}

/** Not while the coroutine is on the stack or in a critical section, and no longer once its generator has ended. */
function canUnwindNow({ state, extra }: AnyCoroutine): boolean {
  return state !== 'running' && !hasEnded(extra?.ending) && !extra?.effectTask?.isCritical
}

/** Whether the generator has yet to be told to return. A critical section comes to its end first. */
export function mustUnwind({ resumption, ending, effectTask }: ExtraState): boolean {
  return resumption === UNWIND || (ending?.phase === 'forced' && !effectTask?.isCritical)
}
