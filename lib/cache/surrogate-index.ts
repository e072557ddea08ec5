/** What is stored under which surrogate key, as a purge asks for it. */

/** Whatever goes with a surrogate key. Its keys do not change while it is in an index. */
interface Carrier {
  readonly surrogateKeys: readonly string[]
}

export class SurrogateIndex<T extends Carrier> {
  readonly #carriers = new Map<string, Set<T>>()

  carrying(name: string): T[] {
    return [...(this.#carriers.get(name) ?? [])]
  }

  add(carrier: T): void {
    for (const name of carrier.surrogateKeys) {
      const carriers = this.#carriers.get(name)
      if (carriers === undefined) this.#carriers.set(name, new Set([carrier]))
      else carriers.add(carrier)
    }
  }

  remove(carrier: T): void {
    for (const name of carrier.surrogateKeys) {
      const carriers = this.#carriers.get(name)
      if (carriers?.delete(carrier) && carriers.size === 0) this.#carriers.delete(name)
    }
  }
}
