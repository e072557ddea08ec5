/** What is stored under which surrogate key, as a purge asks for it. */

import { MultiMap } from './multi-map.js'

/** Whatever goes with a surrogate key. Its keys do not change while it is in an index. */
interface Carrier {
  readonly surrogateKeys: readonly string[]
}

export class SurrogateIndex<T extends Carrier> {
  /** Nearly every URL has a key that it alone carries. */
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
