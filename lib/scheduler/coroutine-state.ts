/** What a scheduler records of a coroutine: its state, its outcome, and the extra state that only few coroutines need. */

import type { Undo } from '../base/undo.js'
import type { EffectTask } from './effect-task.js'
import type { Handle } from './readiness.js'
import type { Resumption } from './steps.js'

/**
 * | state | where the coroutine is | next |
 * |---|---|---|
 * | fresh | in the run queue; its generator has not started | running, thrown, cancelled |
 * | queued | off its handle and able to move: in the run queue, or about to be stepped by whoever unparked it | running |
 * | preempted | in the run queue: after many steps in a row it waits for its turn, so that others move | running |
 * | running | on the stack; it is not stepped again until that step returns | parked, preempted, returned, thrown, cancelled |
 * | parked | on `handle`; if it is alone there, the run queue holds the handle once the source has made that ready | queued |
 * | returned, thrown, cancelled | nowhere: it has its answer | - |
 */
export type CoroutineState =
  | 'fresh'
  | 'queued'
  | 'preempted'
  | 'running'
  | 'parked'
  | 'returned'
  | 'thrown'
  | 'cancelled'

/** How a coroutine ended. */
export interface Outcome {
  readonly state: 'returned' | 'thrown' | 'cancelled'
  readonly value: unknown
}

/** Stands for the listeners of a coroutine that has none. */
export const NO_LISTENERS: ReadonlySet<() => void> = new Set()

/** State that only few coroutines need, in an object of its own so that a parked coroutine takes little memory. */
export class ExtraState {
  /** Stops listening to the promise that the coroutine waits for. */
  stopAwaiting: Undo | undefined
  /** How the next step resumes the generator; without it, a plain `next`. */
  resumption: Resumption | undefined
  /** The outcome that `cancel`, `fail` or a failed child has forced on the coroutine: it can only unwind from then on. */
  forcedOutcome: Outcome | undefined
  /** Whether the generator was told to return because of `forcedOutcome`, and runs its `finally` blocks. */
  unwinding = false
  /** Performs the coroutine's foreign effects; made for the first of them. */
  effectTask: EffectTask | undefined
  /** Set once the generator has ended: the outcome to settle with when `effectTask` has ended too. */
  finalOutcome: Outcome | undefined
  /** What the generator itself returned, if not `undefined`: for `Coroutine.dropped`, if the coroutine ends otherwise. */
  returned: Outcome | undefined
  /** Ready when the coroutine has finished; opened for the first who parks on it. */
  doneHandle: Handle | undefined
  /** How many coroutines and tasks wait for this one by `yield*`. */
  joiners = 0
  /** The coroutine that started this one by `yield*`, for as long as it waits. */
  owner: object | undefined
  promise: Promise<unknown> | undefined
  /** How many callers want the event loop to drive the coroutine. */
  attached = 0
  /** Called when the coroutine has finished; each may be taken out before. Made for the first. */
  listeners: Set<() => void> | undefined
}
