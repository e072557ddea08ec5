/** What there is to know of a coroutine: where it is, how it ended, and what only few of them need. */

import type { Undo } from '../base/undo.js'
import type { Courier } from './courier.js'
import type { Handle } from './readiness.js'
import type { Resumption } from './steps.js'

/**
 * | state | where it is | next |
 * |---|---|---|
 * | fresh | in the run queue, not started | running, cancelled |
 * | queued | in the run queue, woken among others or by the scheduler itself | running |
 * | resting | in the run queue, having gone on for long; only its turn moves it | running |
 * | running | on the stack: never stepped again until it comes back | parked, resting, returned, thrown, cancelled |
 * | parked | on `handle`, which is in the run queue once it was ready | queued, running |
 * | returned, thrown, cancelled | nowhere: it has its answer | - |
 */
export type CoroutineState = 'fresh' | 'queued' | 'resting' | 'running' | 'parked' | 'returned' | 'thrown' | 'cancelled'

/** How a coroutine ended. */
export interface Outcome {
  readonly state: 'returned' | 'thrown' | 'cancelled'
  readonly value: unknown
}

/** Those who listen where nobody does. */
export const NOBODY: ReadonlySet<() => void> = new Set()

/** What only few coroutines need, kept apart so that parking one costs little memory. */
export class Particulars {
  /** Takes it off the promise it waits for. */
  leavePromise: Undo | undefined
  /** Replaces the plain resumption of the next step. */
  resumption: Resumption | undefined
  /** How it must end: it was cancelled, or something it spawned has failed. From then on the only way is down. */
  doom: Outcome | undefined
  /** Whether its generator has been told of its doom, and runs its `finally` blocks. */
  unwinding = false
  /** Carries its foreign effects, once it has yielded one. */
  courier: Courier | undefined
  /** The end it will come to when its courier is home. */
  outcome: Outcome | undefined
  /** What its generator has come to, if that was an answer. */
  returned: Outcome | undefined
  /** Ready when it has finished; opened for whoever parks on that. */
  doneHandle: Handle | undefined
  /** Coroutines and tasks that wait for it by `yield*`. */
  joiners = 0
  /** The coroutine among them that has started it, as long as that waits. */
  owner: object | undefined
  promise: Promise<unknown> | undefined
  /** How many want it driven by the event loop. */
  attached = 0
  /** Any number, each of which may leave before it is told; made for the first. */
  listeners: Set<() => void> | undefined
}
