/** Coroutines that can move, first come first served. An entry may be out of date: whoever takes it looks at its state. */

/** A ring that doubles when it is full of different entries. Taking leaves no reference behind. */
export class RunQueue<T> {
  readonly #isCurrent: (item: T) => boolean
  #ring: (T | undefined)[] = new Array(64).fill(undefined)
  #head = 0
  #length = 0

  /** `isCurrent` tells the entries that still count from those out of date. */
  constructor(isCurrent: (item: T) => boolean) {
    this.#isCurrent = isCurrent
  }

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#makeRoom()
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = item
  }

  take(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    return item
  }

  /** Drops what is out of date at both ends, so that a queue nobody takes from does not keep what is over. */
  trim(): void {
    while (this.#length > 0 && !this.#isCurrent(this.#ring[this.#head] as T)) this.take()
    while (this.#length > 0) {
      const last = (this.#head + this.#length - 1) & (this.#ring.length - 1)
      if (this.#isCurrent(this.#ring[last] as T)) return
      this.#ring[last] = undefined
      this.#length--
    }
  }

  /** Those that still count, in order. */
  entries(): T[] {
    const { length } = this.#ring
    const inOrder: T[] = []
    for (let i = 0; i < this.#length; i++) {
      const item = this.#ring[(this.#head + i) & (length - 1)] as T
      if (this.#isCurrent(item)) inOrder.push(item)
    }
    return inOrder
  }

  #makeRoom(): void {
    const current: (T | undefined)[] = [...new Set(this.entries())]
    const { length } = this.#ring
    const size = current.length > length / 2 ? length * 2 : length
    this.#length = current.length
    while (current.length < size) current.push(undefined)
    this.#ring = current
    this.#head = 0
  }
}
