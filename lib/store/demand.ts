/** The demand for a body that is still being written: its purpose, how many may read it, and which readers wait for more bytes. */

import { Announcer } from '../base/announcer.js'

/**
 * | purpose | for whom the body is written, and how |
 * |---|---|
 * | kept | for readers now and later: as fast as its bytes come, to the end |
 * | kept-until-read | as `kept` until the first `follow`, and as `not-kept` from then on |
 * | not-kept | for the present readers alone: at the pace of the fastest, and until the last has left |
 */
export type Purpose = 'kept' | 'kept-until-read' | 'not-kept'

/** A reader that waits for more bytes. */
export interface Waiter {
  wake(): void
}

const NO_WAITERS: readonly Waiter[] = []

/** The writer listens to this: it is ready while the writer need not wait for readers before its next write. */
export class Demand extends Announcer {
  purpose: () => Purpose = kept
  /** Called whenever a leaving reader leaves the body deserted. */
  desertedListener: (() => void) | undefined = undefined
  /** How many read the body or may begin to. */
  #followers: number | 'none yet' = 'none yet'
  #waiting: Set<Waiter> | undefined = undefined

  /** True as soon as one reader waits: the fastest reader sets the pace. */
  get ready(): boolean {
    return this.#hasWaiting || this.isUnpaced || this.isDeserted
  }

  /** Whether nobody is left to write for. */
  get isDeserted(): boolean {
    return !this.#hasFollowers && !this.isUnpaced
  }

  /** Whether the body is written at full speed, however slowly it is read. */
  get isUnpaced(): boolean {
    const purpose = this.purpose()
    return purpose === 'kept' || (purpose === 'kept-until-read' && this.#followers === 'none yet')
  }

  get waiting(): Iterable<Waiter> {
    return this.#waiting ?? NO_WAITERS
  }

  /** Counts one who reads the body or may begin to. */
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

  /** A woken reader may read, wait again, or cancel itself or others: so the set is detached before the first is called. */
  wake(): void {
    const batch = this.#waiting
    if (batch === undefined) return
    this.#waiting = undefined
    for (const reader of batch) reader.wake()
  }

  /** The body has ended. */
  end(): void {
    this.wake()
    this.announce()
  }

  get #hasWaiting(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0
  }

  get #hasFollowers(): boolean {
    return this.#followers !== 'none yet' && this.#followers > 0
  }
}

function kept(): Purpose {
  return 'kept'
}

export function notKept(): Purpose {
  return 'not-kept'
}
