/** Who has to wait for a turn, the lowest generation first, and within it in the order they came: a turn costs the same in any crowd. */

/** So many that were taken may lie in front of those that were not. */
const MOST_TAKEN = 1024

export class Generations<T> {
  readonly #lines: (Line<T> | undefined)[] = []
  /** Below this one nobody waits. */
  #lowest = 0

  push(item: T, generation: number): void {
    this.#lines[generation] ??= new Line()
    this.#lines[generation].push(item)
    if (generation < this.#lowest) this.#lowest = generation
  }

  take(): T | undefined {
    for (; this.#lowest < this.#lines.length; this.#lowest++) {
      const next = this.#lines[this.#lowest]?.take()
      if (next !== undefined) return next
    }
    return undefined
  }
}

class Line<T> {
  readonly #items: (T | undefined)[] = []
  #taken = 0

  push(item: T): void {
    this.#items.push(item)
  }

  take(): T | undefined {
    const item = this.#items[this.#taken]
    if (item === undefined) return undefined
    this.#items[this.#taken++] = undefined
    if (this.#taken === this.#items.length || this.#taken === MOST_TAKEN) {
      this.#items.splice(0, this.#taken)
      this.#taken = 0
    }
    return item
  }
}
