/** What a caller holds of a coroutine: one answer, four ways to wait for it. Types only. */

import type { Operation } from 'effection'
import type { Handle } from './readiness.js'

/** One look at a pending, without waiting. */
export type Poll<T> = { readonly ready: false } | { readonly ready: true; readonly value: T }

/** How long to block. Without `timeoutMs` there is no end; 0 does not block at all. */
export interface WaitOptions {
  /** Milliseconds. */
  timeoutMs?: number
}

/**
 * An answer on its way. Once there, it is given again to whoever asks.
 *
 * Whoever starts it by `yield*` owns it: if that coroutine or task is cancelled while it waits, and nobody else waits, so is
 * this. One that was already on its way, by `poll`, `turn` or for somebody else, goes on.
 */
export interface Pending<T> extends PromiseLike<T>, Operation<T>, Disposable {
  /** Runs as far as possible without blocking. Throws the failure, if it failed. */
  poll(): Poll<T>
  /**
   * Blocks this thread until the answer is there, driving every live coroutine of the scheduler meanwhile.
   *
   * @throws the failure; `TimeoutError`, after which the pending goes on; `WouldDeadlockError`, with the wait graph,
   * where nothing that this thread waits for can become ready while it blocks.
   */
  wait(options?: WaitOptions): T
  /**
   * The handle it is parked on now, or that the one it waits for is parked on: an unsigned 32-bit number. It changes as the
   * pending advances, and is always ready once the pending can move or has finished.
   *
   * `Scheduler.isReady` and `ready()` understand it whatever it stands for; the source of readiness does where it is one
   * of the source's own, that is while the pending waits for such a handle, itself or through others. Of one that is new
   * or finished, or waits for a promise or an effect of Effection's, only the scheduler knows.
   */
  readonly waitHandle: Handle
  /**
   * Takes back what it waits for, runs its `finally` blocks and fails it with `CancelledError`, whose cause is `reason`; or
   * with what is thrown on that way. It has finished when the blocks have, and they may wait; but a generator that delegates
   * by `yield*` to one whose block waits goes on behind that, so have it start that one: `yield* scheduler.spawn(inner)`.
   * Harmless when repeated.
   */
  cancel(reason?: unknown): void
}

/** One of several pendings, finished. `index` is its place in the list it was given in. */
export type Settled<T> =
  | { readonly index: number; readonly pending: Pending<T>; readonly status: 'fulfilled'; readonly value: T }
  | { readonly index: number; readonly pending: Pending<T>; readonly status: 'rejected'; readonly reason: unknown }

/** The winner of a `select`, and everybody else, untouched and in the order given. */
export interface Selected<T, P extends Pending<T> = Pending<T>> {
  /** Its place in the list that was given. */
  readonly index: number
  /** Its answer. */
  readonly value: T
  /** All but the winner. */
  readonly rest: P[]
}
