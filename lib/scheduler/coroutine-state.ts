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

/** An outcome that `cancel`, `fail` or a failed child forces on a coroutine. */
export interface ForcedOutcome extends Outcome {
  readonly state: 'thrown' | 'cancelled'
}

/**
 * How a coroutine ends, as soon as its generator has ended or an outcome was forced on it. It settles with the outcome when
 * what it has spawned in Effection has ended too.
 *
 * | phase | the generator | when an outcome is forced | when the generator ends |
 * |---|---|---|---|
 * | none yet | goes its own way | forced | returned, failed |
 * | forced | is yet to be told to return | forced | unwound, failed |
 * | unwinding | was told to return, and runs its `finally` blocks | unwinding | unwound, failed |
 * | returned | has returned the outcome | unwound | - |
 * | unwound | has returned, but the outcome is the forced one | unwound | - |
 * | failed | has thrown the outcome, or what it had spawned threw that while it ended | failed | - |
 *
 * Of several forced outcomes the last counts.
 */
export type Ending = { readonly phase: 'forced' | 'unwinding'; readonly outcome: ForcedOutcome } | Ended

type Ended =
  | { readonly phase: 'returned' | 'failed'; readonly outcome: Outcome }
  | { readonly phase: 'unwound'; readonly outcome: ForcedOutcome }

/** The ending when `outcome` is forced on the coroutine. */
export function afterForce(ending: Ending | undefined, outcome: ForcedOutcome): Ending {
  if (ending?.phase === 'failed') return ending
  if (hasEnded(ending)) return { phase: 'unwound', outcome }
  return { phase: ending?.phase ?? 'forced', outcome }
}

/** The ending when the generator has ended with `outcome`. */
export function afterEnd(ending: Ending | undefined, outcome: Outcome): Ended {
  if (outcome.state === 'thrown') return { phase: 'failed', outcome }
  if (ending === undefined || hasEnded(ending)) return { phase: 'returned', outcome }
  return { phase: 'unwound', outcome: ending.outcome }
}

/** Whether the generator has ended. */
export function hasEnded(ending: Ending | undefined): ending is Ended {
  return ending !== undefined && ending.phase !== 'forced' && ending.phase !== 'unwinding'
}

/** Stands for the listeners of a coroutine that has none. */
export const NO_LISTENERS: ReadonlySet<() => void> = new Set()

/** State that only few coroutines need, in an object of its own so that a parked coroutine takes little memory. */
export class ExtraState {
  /** Stops listening to the promise that the coroutine waits for. */
  stopAwaiting: Undo | undefined
  /** How the next step resumes the generator; without it, a plain `next`. */
  resumption: Resumption | undefined
  ending: Ending | undefined
  /** Performs the coroutine's foreign effects; made for the first of them. */
  effectTask: EffectTask | undefined
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
