/** Background work of one cache: counted, bounded per origin, backed off per key after failures, drained at the end. */

import { channel } from 'node:diagnostics_channel'
import type { Operation } from 'effection'
import type { Clock } from '../base/clock.js'
import type { Pending } from '../scheduler/index.js'
import type { Engine } from '../scheduler/internal.js'

/** What `stats()` says of background revalidation. */
export interface RevalidationStats {
  /** Under way now, those whose hook is still waiting included. */
  readonly running: number
  /** Those that failed before anything was sent included. */
  readonly started: number
  /** From the second in a row on a key is let be for a while. */
  readonly failed: number
  /** Not started because an origin had enough of them, or a key had failed too recently. */
  readonly refused: number
}

interface Failure {
  readonly inARow: number
  readonly retryAtMs: number
}

/** Fetches behind stale answers to one origin at a time. The answers are stale already: they can wait for each other. */
const MOST_PER_ORIGIN = 16
/** After the second failure in a row; doubled by each further one. */
const FIRST_BACK_OFF_MS = 1000
const LONGEST_BACK_OFF_MS = 60_000
/** Keys whose failures are remembered; beyond that the oldest are forgotten, which only means an early retry. */
const MOST_FAILURES = 10_000

/** Tells `{ key, origin }` of every background fetch that begins. */
const revalidate = channel('tidewait:revalidate')

export class Revalidations {
  readonly #engine: Engine
  readonly #clock: Clock
  readonly #running = new Map<string, number>()
  readonly #failures = new Map<string, Failure>()
  readonly #work = new Set<PromiseLike<unknown>>()
  #started = 0
  #failed = 0
  #refused = 0

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine
    this.#clock = clock
  }

  /** For how many milliseconds none starts for `key`, because the last ones have failed. */
  backOffMs(key: string): number {
    return Math.max(0, (this.#failures.get(key)?.retryAtMs ?? 0) - this.#clock.now())
  }

  /** Whether one more may start for `key`. */
  admits(key: string, origin: string): boolean {
    const admitted = this.backOffMs(key) === 0 && (this.#running.get(origin) ?? 0) < MOST_PER_ORIGIN
    if (!admitted) this.#refused++
    return admitted
  }

  /** Counts as one more that runs for `origin`, until what it returns is called: a hook may take its time. */
  takePlace(origin: string): () => void {
    this.#running.set(origin, (this.#running.get(origin) ?? 0) + 1)
    return () => {
      const left = (this.#running.get(origin) ?? 1) - 1
      if (left === 0) this.#running.delete(origin)
      else this.#running.set(origin, left)
    }
  }

  /** Runs `work` until it ends, in a place of its own. The pending tells how; whoever ignores it misses nothing. */
  start({ key, origin }: { key: string; origin: string }, work: () => Operation<void>): Pending<void> {
    this.#started++
    if (revalidate.hasSubscribers) revalidate.publish({ key, origin })
    const leave = this.takePlace(origin)
    return this.keep(work, (failure) => {
      leave()
      if (failure === undefined) this.#failures.delete(key)
      else this.#remember(key)
    })
  }

  /** One for `key` was to start, and its hook or its send has failed. */
  couldNotStart(key: string): void {
    this.#started++
    this.#remember(key)
  }

  /** Runs `work` as a child of the cache, and tells `ended` how it went. */
  keep(work: () => Operation<void>, ended: (failure?: unknown) => void = () => {}): Pending<void> {
    const pending = this.#engine.spawn(work)
    this.adopt(pending, ended)
    return pending
  }

  /** Waits at the end for `work` as well, which somebody else has begun. */
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

  /** Waits until nothing is under way, for `timeoutMs` at most. */
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

  /** One failure may be chance, and the next lookup tries again (T37); from the second on, it waits. */
  #remember(key: string): void {
    this.#failed++
    const inARow = (this.#failures.get(key)?.inARow ?? 0) + 1
    const backOffMs = inARow === 1 ? 0 : Math.min(FIRST_BACK_OFF_MS * 2 ** (inARow - 2), LONGEST_BACK_OFF_MS)
    this.#failures.delete(key)
    this.#failures.set(key, { inARow, retryAtMs: this.#clock.now() + backOffMs })
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MOST_FAILURES) break
      this.#failures.delete(oldest)
    }
  }
}
