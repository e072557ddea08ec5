/** Decides whether a thread that is about to block spins first, by how often spinning paid off lately. */

/** After at most this many blocks without spinning, one spins again: else a `Spin` could not learn that spinning pays again. */
const MOST_SKIPPED = 64

/**
 * An answer that takes the host no work comes sooner than the kernel puts a thread to sleep and wakes it, as long as both threads
 * have a core. Where the answer waits for an origin, or the host for a core, spinning gains nothing and takes the core from
 * others. So after each spin in vain about twice as many blocks go without spinning, and after each successful one half as many.
 */
export class Spin {
  /** How many blocks go without spinning after the next spin. */
  #skips = 0
  /** How many of them are left. */
  #left = 0

  /** Whether this block is to spin. Called once for each block. */
  isDue(): boolean {
    if (this.#left === 0) return true
    this.#left--
    return false
  }

  /** Reports how a spin that was due has ended. */
  ended(how: 'caught' | 'in vain'): void {
    this.#skips = how === 'caught' ? this.#skips >> 1 : Math.min(2 * this.#skips + 1, MOST_SKIPPED)
    this.#left = this.#skips
  }
}
