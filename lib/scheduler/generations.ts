/** Who has to wait for a turn, the lowest generation first, and within it in the order they came: a turn costs the same in any crowd. */

import { Fifo } from '../base/fifo.js'

export class Generations<T> {
  readonly #lines: (Fifo<T> | undefined)[] = []
  /** Below this one nobody waits. */
  #lowest = 0

  push(item: T, generation: number): void {
    this.#lines[generation] ??= new Fifo()
    this.#lines[generation].push(item)
    if (generation < this.#lowest) this.#lowest = generation
  }

  take(): T | undefined {
    for (; this.#lowest < this.#lines.length; this.#lowest++) {
      const next = this.#lines[this.#lowest]?.shift()
      if (next !== undefined) return next
    }
    return undefined
  }
}
