/** The run queue: first in, first out. An entry may be out of date, so whoever takes it checks the coroutine's state. */

/** Entries in one chunk. */
const CHUNK = 256
/** A queue with fewer entries than this is never compacted. */
const MIN_COMPACT = 64

type Chunk<T> = (T | undefined)[]

/**
 * The entries are in chunks, so that a long queue is not copied as it grows and gives its memory back as it shrinks. Taking
 * an entry leaves no reference behind. When the queue has twice as many entries as were current at the last compaction, it is
 * compacted: entries that are out of date are dropped, and of equal ones all but the first.
 */
export class RunQueue<T> {
  readonly #isCurrent: (item: T) => boolean
  #chunks: Chunk<T>[] = [emptyChunk()]
  /** Index of the first entry in the first chunk. */
  #head = 0
  #length = 0
  #compactAt = MIN_COMPACT

  /** `isCurrent` returns false for an entry that is out of date. */
  constructor(isCurrent: (item: T) => boolean) {
    this.#isCurrent = isCurrent
  }

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#compactAt) this.#compact()
    this.#append(item)
  }

  take(): T | undefined {
    if (this.#length === 0) return undefined
    const first = this.#chunks[0] as Chunk<T>
    const item = first[this.#head]
    first[this.#head++] = undefined
    this.#length--
    if (this.#length === 0) this.#head = 0
    else if (this.#head === CHUNK) this.#dropFirstChunk()
    return item
  }

  /** Drops out-of-date entries at both ends, so that a queue nobody takes from does not keep finished coroutines. */
  trim(): void {
    while (this.#length > 0 && !this.#isCurrent(this.#at(0))) this.take()
    while (this.#length > 0 && !this.#isCurrent(this.#at(this.#length - 1))) this.#dropLast()
  }

  /** The current entries, in order. */
  entries(): T[] {
    const inOrder: T[] = []
    for (let nth = 0; nth < this.#length; nth++) {
      const item = this.#at(nth)
      if (this.#isCurrent(item)) inOrder.push(item)
    }
    return inOrder
  }

  #append(item: T): void {
    const at = this.#head + this.#length++
    const chunk = Math.floor(at / CHUNK)
    if (chunk === this.#chunks.length) this.#chunks.push(emptyChunk())
    ;(this.#chunks[chunk] as Chunk<T>)[at % CHUNK] = item
  }

  #at(nth: number): T {
    const at = this.#head + nth
    return (this.#chunks[Math.floor(at / CHUNK)] as Chunk<T>)[at % CHUNK] as T
  }

  #dropFirstChunk(): void {
    this.#chunks.shift()
    this.#head = 0
  }

  #dropLast(): void {
    const at = this.#head + --this.#length
    const last = this.#chunks[Math.floor(at / CHUNK)] as Chunk<T>
    last[at % CHUNK] = undefined
    if (at % CHUNK === 0 && this.#chunks.length > 1) this.#chunks.pop()
    if (this.#length === 0) this.#head = 0
  }

  #compact(): void {
    const current = new Set(this.entries())
    this.#chunks = [emptyChunk()]
    this.#head = 0
    this.#length = 0
    for (const item of current) this.#append(item)
    this.#compactAt = Math.max(MIN_COMPACT, 2 * current.size)
  }
}

function emptyChunk<T>(): Chunk<T> {
  return new Array<T | undefined>(CHUNK).fill(undefined)
}
