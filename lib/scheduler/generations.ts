/** A priority queue: the lowest generation first, in order of arrival within one. `push` and `take` cost the same at any length. */

import { Fifo } from '../base/fifo.js'

export class Generations<T> {
  /** One queue for each generation. */
  readonly #queues: (Fifo<T> | undefined)[] = []
  /** No generation below this one has anything queued. */
  #lowest = 0

  push(item: T, generation: number): void {
    this.#queues[generation] ??= new Fifo()
    this.#queues[generation].push(item)
    if (generation < this.#lowest) this.#lowest = generation
  }

  take(): T | undefined {
    for (; this.#lowest < this.#queues.length; this.#lowest++) {
      const next = this.#queues[this.#lowest]?.shift()
      if (next !== undefined) return next
    }
    return undefined
  }
}
