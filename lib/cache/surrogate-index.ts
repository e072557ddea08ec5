/** Finds the items that carry a surrogate key, for purges. */

import { MultiMap } from './multi-map.js'

/** An item with surrogate keys, which do not change while the item is in an index. */
interface Carrier {
  readonly surrogateKeys: readonly string[]
}

export class SurrogateIndex<T extends Carrier> {
  /** Most names have one carrier: every object carries a key made from its URL. */
  readonly #carriers = new MultiMap<T>()

  carrying(name: string): T[] {
    return this.#carriers.of(name)
  }

  add(carrier: T): void {
    for (const name of carrier.surrogateKeys) this.#carriers.add(name, carrier)
  }

  remove(carrier: T): void {
    for (const name of carrier.surrogateKeys) this.#carriers.remove(name, carrier)
  }
}
