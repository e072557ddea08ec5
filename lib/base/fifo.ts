/** A queue, first in, first out, at the same cost at any length: `shift` on a long array would move all other elements. */

export class Fifo<T> implements Iterable<T> {
  #items: (T | undefined)[] = []
  /** How many items at the front of `#items` were taken. */
  #taken = 0

  get size(): number {
    return this.#items.length - this.#taken
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the first item, and leaves no reference to it behind. */
  shift(): T | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#taken]
    this.#items[this.#taken++] = undefined
    if (this.#taken > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#taken)
      this.#taken = 0
    }
    return item
  }

  /** Takes the last `count` items, or all if there are fewer, in the order in which they came. */
  takeLast(count: number): T[] {
    return this.#items.splice(Math.max(this.#taken, this.#items.length - count)) as T[]
  }

  clear(): void {
    this.#items = []
    this.#taken = 0
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#taken; at < this.#items.length; at++) yield this.#items[at] as T
  }
}
