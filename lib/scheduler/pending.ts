/** The types of what a caller holds: a pending with one answer and four ways to wait for it. */

import type { Operation } from 'effection'
import type { Handle } from './readiness.js'

/** One look at a pending, without waiting. */
export type Poll<T> = { readonly ready: false } | { readonly ready: true; readonly value: T }

/** How long to block. Without `timeoutMs` there is no end; 0 does not block at all. */
export interface WaitOptions {
  /** Milliseconds. */
  timeoutMs?: number | undefined
}

/**
 * An answer that may not be there yet. Once it is, every driver returns it, as often as it is asked for.
 *
 * The coroutine or task that starts a pending by `yield*` owns it: if the owner is cancelled while it waits, and nobody else
 * waits, the pending is cancelled too. A pending that had been started otherwise, by `poll`, `turn` or for somebody else, goes
 * on.
 */
export interface Pending<T> extends PromiseLike<T>, Operation<T>, Disposable {
  /** Runs the pending as far as possible without blocking. Throws its failure, if it failed. */
  poll(): Poll<T>
  /**
   * Blocks this thread until the answer is there, driving every live coroutine of the scheduler meanwhile.
   *
   * @throws the failure; `TimeoutError`, after which the pending goes on; `WouldDeadlockError`, with the wait graph,
   * where nothing that this thread waits for can become ready while it blocks.
   */
  wait(options?: WaitOptions): T
  /** The event loop runs the pending from now on. */
  readonly then: Promise<T>['then']
  /**
   * The handle that the pending is parked on now, or, if it waits for another pending, the handle that the other is parked on: an
   * unsigned 32-bit number. It changes as the pending advances, and is always ready once the pending can move or has finished.
   *
   * `Scheduler.isReady` and `ready()` accept it in every case. The source of readiness accepts it only while the pending waits,
   * directly or through other pendings, for a handle of that source. The handle of a pending that is new or has finished, or
   * that waits for a promise or an Effection effect, is known to the scheduler alone.
   */
  readonly waitHandle: Handle
  /**
   * Undoes what the pending waits for, runs its `finally` blocks and fails it with a `CancelledError` whose cause is `reason`,
   * or with what an undo or a block throws. The pending has finished when its blocks have, and they may wait.
   *
   * A `finally` block that waits in an inner generator hides the cancellation: the generator that delegates to the inner one by
   * `yield*` goes on after the block. `yield* scheduler.spawn(inner)` avoids that. Cancelling again changes nothing.
   */
  cancel(reason?: unknown): void
}

/** The type of a pending's answer; of pendings of several types, all of theirs. */
export type AnswerOf<P extends Pending<unknown>> = P extends Pending<infer T> ? T : never

/** One of several pendings, finished. `index` is its place in the given list. */
export type Settled<T> =
  | { readonly index: number; readonly pending: Pending<T>; readonly status: 'fulfilled'; readonly value: T }
  | { readonly index: number; readonly pending: Pending<T>; readonly status: 'rejected'; readonly reason: unknown }

/** What `select` returns: the first pending to finish, and the others. */
export interface Selected<T, P extends Pending<unknown> = Pending<T>> {
  /** Its place in the given list. */
  readonly index: number
  /** Its answer. */
  readonly value: T
  /** All others, untouched and in the given order. */
  readonly rest: P[]
}
