/** A sparse index into a body, so that a reader of the middle need not go through all chunks from the start. */

import type { Link } from './link.js'

/** A link, and the position in the body at which its chunk ends. */
export interface SeekPoint {
  readonly link: Link
  readonly bytes: number
}

/** One chunk in so many is indexed. */
const STRIDE = 64

export class SeekIndex {
  readonly #points: SeekPoint[]
  /** How far the body was searched. */
  #end: SeekPoint
  /** Chunks between the last point and `#end`. */
  #sinceLast = 0

  constructor(first: Link) {
    this.#end = { link: first, bytes: 0 }
    this.#points = [this.#end]
  }

  /** The last point at or before the byte `start`. */
  before(start: number): SeekPoint {
    this.#extendTo(start)
    let low = 0
    let high = this.#points.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#points[middle] as SeekPoint).bytes <= start) low = middle
      else high = middle
    }
    return this.#points[low] as SeekPoint
  }

  #extendTo(start: number): void {
    let { link, bytes } = this.#end
    while (bytes < start && link.next !== undefined) {
      link = link.next
      bytes += link.byteLength
      this.#sinceLast += 1
      if (this.#sinceLast < STRIDE) continue
      this.#sinceLast = 0
      this.#points.push({ link, bytes })
    }
    this.#end = { link, bytes }
  }
}
