/** The time of the model of the transactions, which stands still, and the order in which things happen in it. */

export class ModelTime {
  now = 0
  #order = 0

  /** A number greater than all before. */
  next(): number {
    return ++this.#order
  }
}
