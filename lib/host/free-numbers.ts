/** Handle numbers for reuse: the one that has been free for longest first, and none while few are free. */

import { Fifo } from '../base/fifo.js'

/** How many free numbers are held back: for a while, a caller that uses a closed handle gets an error and not another resource. */
const RESTING = 256

export class FreeNumbers {
  readonly #numbers = new Fifo<number>()

  get size(): number {
    return this.#numbers.size
  }

  give(number: number): void {
    this.#numbers.push(number)
  }

  take(): number | undefined {
    return this.#numbers.size <= RESTING ? undefined : this.#numbers.shift()
  }
}
