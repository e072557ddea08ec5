/** First in, first out, however many wait: `shift` on a list moves all the others once they are many. */

export class Fifo<T> implements Iterable<T> {
  #items: (T | undefined)[] = []
  /** Those before this place were taken. */
  #taken = 0

  get size(): number {
    return this.#items.length - this.#taken
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The first, which leaves no reference behind. */
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

  clear(): void {
    this.#items = []
    this.#taken = 0
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#taken; at < this.#items.length; at++) yield this.#items[at] as T
  }
}
