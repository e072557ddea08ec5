/** The loans of stored objects to other threads, which answer with them without a host call; counts those hits. */

import { Loan } from './loan.js'
import { MultiMap } from './multi-map.js'
import type { StoredObject } from './object.js'
import { CELLS, type Standing, Standings } from './standings.js'

export class Loans {
  readonly #standings: Standings
  readonly #lent: (StoredObject | undefined)[] = []
  /** The lent objects by key. The key may have more variants, which are not lent. */
  readonly #byKey = new MultiMap<StoredObject>()
  #next = 0
  /** Hits counted by other threads in loans that have ended. */
  #ended = 0

  constructor(memory: SharedArrayBuffer) {
    this.#standings = new Standings(memory)
  }

  /** Lends a filed object. Cells are used in turn: if the next one is still taken, its loan, which is the oldest, ends. */
  lend(object: StoredObject): Standing {
    if (object.loan !== undefined) return object.loan.standing
    const cell = this.#next
    this.#next = (cell + 1) % CELLS
    const before = this.#lent[cell]
    if (before !== undefined) this.withdraw(before)
    this.#lent[cell] = object
    this.#byKey.add(object.key, object)
    object.loan = new Loan(this.#standings, cell, object.hits)
    return object.loan.standing
  }

  /** Ends the loan: from now on no thread answers with the object without a host call. Does nothing if the object is not lent. */
  withdraw(object: StoredObject): void {
    const { loan } = object
    if (loan === undefined) return
    const { cell } = loan.standing
    this.#standings.end(cell)
    this.#lent[cell] = undefined
    this.#byKey.remove(object.key, object)
    this.#ended += loan.recalls
    object.endLoan()
  }

  /** Ends the loans of all variants of a key. */
  withdrawAll(key: string): void {
    for (const object of this.#byKey.of(key)) this.withdraw(object)
  }

  /** All hits so far that other threads answered without a host call. */
  get recalls(): number {
    return this.#lent.reduce((sum, object) => sum + (object?.loan?.recalls ?? 0), this.#ended)
  }
}
