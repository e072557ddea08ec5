/** Numbers that may be used again: the one free for longest first, and none while few of them are free. */

import { Fifo } from '../base/fifo.js'

/** So many rest at a time: a handle that somebody has kept too long is bad for a while, before it is somebody else's. */
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
