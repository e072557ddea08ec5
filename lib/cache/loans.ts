/** Which stored objects are lent out to those who answer from them by themselves, and what that comes to in hits. */

import { Loan } from './loan.js'
import { MultiMap } from './multi-map.js'
import type { StoredObject } from './object.js'
import { CELLS, type Standing, Standings } from './standings.js'

export class Loans {
  readonly #standings: Standings
  readonly #lent: (StoredObject | undefined)[] = []
  /** The same by their keys, of which one may have any number of variants that are not lent. */
  readonly #byKey = new MultiMap<StoredObject>()
  #next = 0
  /** Recalls of loans that have ended. */
  #ended = 0

  constructor(memory: SharedArrayBuffer) {
    this.#standings = new Standings(memory)
  }

  /** Lends a filed object. Where all cells are taken, the loan that has lasted longest ends. */
  lend(object: StoredObject): Standing {
    if (object.loan !== undefined) return object.loan.standing
    const cell = this.#next
    this.#next = (cell + 1) % CELLS
    const before = this.#lent[cell]
    if (before !== undefined) this.withdraw(before)
    this.#lent[cell] = object
    this.#byKey.add(object.fields.key, object)
    object.loan = new Loan(this.#standings, cell, object.hits)
    return object.loan.standing
  }

  /** Nobody answers with the object by itself from now on. Harmless for one that is not lent. */
  withdraw(object: StoredObject): void {
    const { loan } = object
    if (loan === undefined) return
    const { cell } = loan.standing
    this.#standings.end(cell)
    this.#lent[cell] = undefined
    this.#byKey.remove(object.fields.key, object)
    this.#ended += loan.recalls
    object.endLoan()
  }

  /** The same for every variant of a key. */
  withdrawAll(key: string): void {
    for (const object of this.#byKey.of(key)) this.withdraw(object)
  }

  /** Hits that nobody asked the host about, so far. */
  get recalls(): number {
    return this.#lent.reduce((sum, object) => sum + (object?.loan?.recalls ?? 0), this.#ended)
  }
}
