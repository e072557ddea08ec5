/** Background work of one cache: counted, bounded per origin, drained when the cache closes. */

import { channel } from 'node:diagnostics_channel'
import type { Operation } from 'effection'
import type { Clock } from '../base/clock.js'
import type { Pending } from '../scheduler/index.js'
import type { Engine } from '../scheduler/internal.js'

/** What `stats()` says of background revalidation. */
export interface RevalidationStats {
  /** Revalidations under way now, including those whose `beforeSend` hook still runs. */
  readonly running: number
  /** Revalidations begun so far, including those that failed before anything was sent. */
  readonly started: number
  /** Revalidations that failed. After the second failure in a row, the key is not revalidated for a while. */
  readonly failed: number
  /** Revalidations not started because their origin had the most it may have, or their key had failed too recently. */
  readonly refused: number
}

/** Revalidations to one origin at a time. More would load the origin for answers that callers already accept stale. */
const MOST_PER_ORIGIN = 16
/** Publishes `{ key, origin }` for every background fetch that begins. */
const revalidate = channel('tidewait:revalidate')

export class Revalidations {
  readonly #engine: Engine
  readonly #clock: Clock
  /** Revalidations under way, by origin. */
  readonly #running = new Map<string, number>()
  /** All work that `drain` waits for. */
  readonly #work = new Set<PromiseLike<unknown>>()
  #started = 0
  #failed = 0
  #refused = 0

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine
    this.#clock = clock
  }

  /** Whether one more revalidation may start, for a key that is to back off for `backOffMs`. Counts a refusal if not. */
  admits(origin: string, backOffMs: number): boolean {
    const admitted = backOffMs === 0 && (this.#running.get(origin) ?? 0) < MOST_PER_ORIGIN
    if (!admitted) this.#refused++
    return admitted
  }

  /** Counts one more revalidation against `origin` until the returned function is called. A hook runs within such a reservation. */
  reserve(origin: string): () => void {
    this.#running.set(origin, (this.#running.get(origin) ?? 0) + 1)
    return () => {
      const left = (this.#running.get(origin) ?? 1) - 1
      if (left === 0) this.#running.delete(origin)
      else this.#running.set(origin, left)
    }
  }

  /** Runs the revalidation `work` and records how it ends. The returned pending may be ignored. */
  start({ key, origin }: { key: string; origin: string }, work: () => Operation<void>): Pending<void> {
    this.#started++
    if (revalidate.hasSubscribers) revalidate.publish({ key, origin })
    const release = this.reserve(origin)
    return this.spawn(work, (failure) => {
      release()
      if (failure !== undefined) this.#failed++
    })
  }

  /** Counts a revalidation whose hook or send failed before it was under way. */
  failedToStart(): void {
    this.#started++
    this.#failed++
  }

  /** Runs `work` as a child of the cache, for which `drain` waits. Calls `ended` with its failure, if any. */
  spawn(work: () => Operation<void>, ended: (failure?: unknown) => void = () => {}): Pending<void> {
    const pending = this.#engine.spawn(work)
    this.adopt(pending, ended)
    return pending
  }

  /** Makes `drain` wait for `work` too, which was begun elsewhere. Calls `ended` with its failure, if any. */
  adopt(work: PromiseLike<unknown>, ended: (failure?: unknown) => void = () => {}): void {
    this.#work.add(work)
    const done = (failure?: unknown) => {
      this.#work.delete(work)
      ended(failure)
    }
    work.then(
      () => done(),
      (failure: unknown) => done(failure ?? 'failed'),
    )
  }

  /** Waits until all work has ended, for `timeoutMs` at most. Work that begins meanwhile counts too. */
  async drain(timeoutMs: number): Promise<void> {
    if (timeoutMs <= 0) return
    let stopTimer = () => {}
    const timeout = new Promise<'late'>((resolve) => {
      stopTimer = this.#clock.setTimer(timeoutMs, () => resolve('late'))
    })
    for (let came: unknown; this.#work.size > 0 && came !== 'late'; )
      came = await Promise.race([Promise.allSettled(this.#work), timeout])
    stopTimer()
  }

  stats(): RevalidationStats {
    let running = 0
    for (const count of this.#running.values()) running += count
    return { running, started: this.#started, failed: this.#failed, refused: this.#refused }
  }
}
