/** One loan of an object: its cell of shared memory, in which all threads count hits. */

import type { Standing, Standings } from './standings.js'

/** Lasts from `Loans.lend` until the object is removed or made stale, something is stored under its key, or its cell is reused. */
export class Loan {
  readonly standing: Standing
  readonly #standings: Standings
  /** Hits that the host counted itself, including those before the loan. */
  #known: number
  #lastSeen: number

  constructor(standings: Standings, cell: number, hits: number) {
    this.#standings = standings
    this.standing = standings.begin(cell, hits)
    this.#known = hits
    this.#lastSeen = hits
  }

  get hits(): number {
    return this.#known + this.recalls
  }

  /** Hits that other threads counted, without a host call. */
  get recalls(): number {
    return this.#beyondKnown(this.#standings.hits(this.standing.cell))
  }

  /** Counts a hit and returns its number. Reading `hits` afterwards could include hits of other threads. */
  countHit(): number {
    this.#known += 1
    return this.#known + this.#beyondKnown(this.#standings.countHit(this.standing.cell))
  }

  /** Whether there were hits since the last call. */
  takeUse(): boolean {
    const { hits } = this
    const used = hits !== this.#lastSeen
    this.#lastSeen = hits
    return used
  }

  /** The word of the cell has 32 bits, and begins again at 0. */
  #beyondKnown(word: number): number {
    return (word - this.#known) >>> 0
  }
}
