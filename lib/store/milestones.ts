/** Places on the way through a body, noted as somebody goes there: who reads from the middle need not begin at the start. */

import type { Link } from './feed.js'

/** A link, and how many bytes come before what follows it. */
export interface Milestone {
  readonly link: Link
  readonly bytes: number
}

/** So many chunks lie between two of them. */
const STRIDE = 64

export class Milestones {
  readonly #milestones: Milestone[]
  /** How far somebody has gone, and how many chunks that is behind the last milestone. */
  #end: Milestone
  #behind = 0

  constructor(first: Link) {
    this.#end = { link: first, bytes: 0 }
    this.#milestones = [this.#end]
  }

  /** The last one that is not behind the byte `start`. */
  before(start: number): Milestone {
    this.#goTo(start)
    let low = 0
    let high = this.#milestones.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#milestones[middle] as Milestone).bytes <= start) low = middle
      else high = middle
    }
    return this.#milestones[low] as Milestone
  }

  #goTo(start: number): void {
    let { link, bytes } = this.#end
    while (bytes < start && link.next !== undefined) {
      link = link.next
      bytes += link.chunk.byteLength
      this.#behind += 1
      if (this.#behind < STRIDE) continue
      this.#behind = 0
      this.#milestones.push({ link, bytes })
    }
    this.#end = { link, bytes }
  }
}
