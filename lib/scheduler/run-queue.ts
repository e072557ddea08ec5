/** Coroutines that can move, first come first served. An entry may be out of date: whoever takes it looks at its state. */

/** So many entries lie together. */
const PIECE = 256
/** So few are never looked through. */
const FEW = 64

type Piece<T> = (T | undefined)[]

/**
 * In pieces, so that what a crowd has needed is given back as it goes, and nothing is copied as it comes. Taking leaves no
 * reference behind. When it has twice as many entries as counted the last time, those out of date are dropped, and all but the
 * first of those that are the same.
 */
export class RunQueue<T> {
  readonly #isCurrent: (item: T) => boolean
  #pieces: Piece<T>[] = [emptyPiece()]
  /** Of the first entry, in the first piece. */
  #head = 0
  #length = 0
  #most = FEW

  /** `isCurrent` tells the entries that still count from those out of date. */
  constructor(isCurrent: (item: T) => boolean) {
    this.#isCurrent = isCurrent
  }

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#most) this.#weed()
    this.#append(item)
  }

  take(): T | undefined {
    if (this.#length === 0) return undefined
    const first = this.#pieces[0] as Piece<T>
    const item = first[this.#head]
    first[this.#head++] = undefined
    this.#length--
    if (this.#length === 0) this.#head = 0
    else if (this.#head === PIECE) this.#leaveFirst()
    return item
  }

  /** Drops what is out of date at both ends, so that a queue nobody takes from does not keep what is over. */
  trim(): void {
    while (this.#length > 0 && !this.#isCurrent(this.#at(0))) this.take()
    while (this.#length > 0 && !this.#isCurrent(this.#at(this.#length - 1))) this.#dropLast()
  }

  /** Those that still count, in order. */
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
    const piece = Math.floor(at / PIECE)
    if (piece === this.#pieces.length) this.#pieces.push(emptyPiece())
    ;(this.#pieces[piece] as Piece<T>)[at % PIECE] = item
  }

  #at(nth: number): T {
    const at = this.#head + nth
    return (this.#pieces[Math.floor(at / PIECE)] as Piece<T>)[at % PIECE] as T
  }

  #leaveFirst(): void {
    this.#pieces.shift()
    this.#head = 0
  }

  #dropLast(): void {
    const at = this.#head + --this.#length
    const last = this.#pieces[Math.floor(at / PIECE)] as Piece<T>
    last[at % PIECE] = undefined
    if (at % PIECE === 0 && this.#pieces.length > 1) this.#pieces.pop()
    if (this.#length === 0) this.#head = 0
  }

  #weed(): void {
    const current = new Set(this.entries())
    this.#pieces = [emptyPiece()]
    this.#head = 0
    this.#length = 0
    for (const item of current) this.#append(item)
    this.#most = Math.max(FEW, 2 * current.size)
  }
}

function emptyPiece<T>(): Piece<T> {
  return new Array<T | undefined>(PIECE).fill(undefined)
}
