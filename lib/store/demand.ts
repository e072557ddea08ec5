/** Who a body that still comes is written for, who of them waits for more, and whether that is anybody; how it is written is not known here. */

import { Announcer } from '../base/announcer.js'

/**
 * | purpose | what a body is written for |
 * |---|---|
 * | kept | those who read it, and those who come later: as fast as it comes, to its end |
 * | passing | as well; but once somebody has begun to read, only as they read, and until they have left |
 * | loose | those who read it, and nobody else: as they read, and until they have left |
 */
export type Purpose = 'kept' | 'passing' | 'loose'

/** Who waits for more. */
export interface Waiter {
  wake(): void
}

const NOBODY: readonly Waiter[] = []

/** What its writer listens to: ready while there is nothing to wait for before the next write. */
export class Demand extends Announcer {
  purpose: () => Purpose = kept
  /** Told whenever nobody is left to write for. */
  desertedListener: (() => void) | undefined = undefined
  /** Those who read, or may begin to. */
  #followers: number | 'none yet' = 'none yet'
  #waiting: Set<Waiter> | undefined = undefined

  /** The fastest of those who read sets the pace. */
  get ready(): boolean {
    return this.#isWanted || this.isSteady || this.isDeserted
  }

  get isDeserted(): boolean {
    return !this.#isFollowed && !this.isSteady
  }

  /** Whether it is written on, however slowly it is read. */
  get isSteady(): boolean {
    const purpose = this.purpose()
    return purpose === 'kept' || (purpose === 'passing' && this.#followers === 'none yet')
  }

  get waiting(): Iterable<Waiter> {
    return this.#waiting ?? NOBODY
  }

  follow(): void {
    this.#followers = this.#followers === 'none yet' ? 1 : this.#followers + 1
  }

  /** As often as `follow`. */
  leave(): void {
    if (this.#followers !== 'none yet') this.#followers -= 1
    if (!this.isDeserted) return
    this.desertedListener?.()
    this.announce()
  }

  wait(waiter: Waiter): void {
    this.#waiting ??= new Set()
    this.#waiting.add(waiter)
    this.announce()
  }

  stopWaiting(waiter: Waiter): void {
    this.#waiting?.delete(waiter)
  }

  /** A woken reader may read, wait again, cancel itself or others: each batch is detached before its first call. */
  wake(): void {
    const batch = this.#waiting
    if (batch === undefined) return
    this.#waiting = undefined
    for (const reader of batch) reader.wake()
  }

  /** Nothing more comes. */
  end(): void {
    this.wake()
    this.announce()
  }

  get #isWanted(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0
  }

  get #isFollowed(): boolean {
    return this.#followers !== 'none yet' && this.#followers > 0
  }
}

function kept(): Purpose {
  return 'kept'
}
