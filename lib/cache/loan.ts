/** One object while it is lent: its cell of shared memory, and the hits that are counted there by all threads. */

import type { Standing, Standings } from './standings.js'

/** One object's cell, from its first hit to whatever happens to it next. */
export class Loan {
  readonly standing: Standing
  readonly #standings: Standings
  /** Hits that the host counted itself, those before the loan included. */
  #known: number
  #lastSeen: number

  constructor(standings: Standings, cell: number, hits: number) {
    this.#standings = standings
    this.standing = standings.begin(cell, hits)
    this.#known = hits
    this.#lastSeen = hits
  }

  get hits(): number {
    return this.#standings.hits(this.standing.cell)
  }

  /** Hits that others counted. */
  get recalls(): number {
    return this.hits - this.#known
  }

  /** As `Standings.countHit`: others may count before `hits` is read again. */
  countHit(): number {
    this.#known += 1
    return this.#standings.countHit(this.standing.cell)
  }

  /** Whether there were any hits since this was last asked. */
  takeUse(): boolean {
    const { hits } = this
    const used = hits !== this.#lastSeen
    this.#lastSeen = hits
    return used
  }
}
