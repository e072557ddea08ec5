/** Whether a thread that is about to block does well to look a little longer first: it learns from what came of that lately. */

/** After so many blocks at the latest it is tried again: what nobody looks for is never found. */
const MOST_SKIPPED = 64

/**
 * An answer that takes no work is there sooner than a thread is put to sleep and woken, as long as both threads have a core. Of
 * one that has to wait for an origin, or for a core, looking brings nothing and costs others theirs: each time that it was in
 * vain, twice as many blocks go by without; each time that it was not, half as many.
 */
export class Spin {
  #skips = 0
  #left = 0

  /** Asked once for each block. */
  isDue(): boolean {
    if (this.#left === 0) return true
    this.#left--
    return false
  }

  /** What came of one that was due. */
  ended(how: 'caught' | 'in vain'): void {
    this.#skips = how === 'caught' ? this.#skips >> 1 : Math.min(2 * this.#skips + 1, MOST_SKIPPED)
    this.#left = this.#skips
  }
}
