/** What is stored under which surrogate key, as a purge asks for it. */

/** Whatever goes with a surrogate key. Its keys do not change while it is in an index. */
interface Carrier {
  readonly surrogateKeys: readonly string[]
}

export class SurrogateIndex<T extends Carrier> {
  /** One carrier needs no set, and nearly every URL has a key that it alone carries. */
  readonly #carriers = new Map<string, T | Set<T>>()

  carrying(name: string): T[] {
    const carriers = this.#carriers.get(name)
    if (carriers === undefined) return []
    return carriers instanceof Set ? [...carriers] : [carriers]
  }

  add(carrier: T): void {
    for (const name of carrier.surrogateKeys) {
      const carriers = this.#carriers.get(name)
      if (carriers === undefined) this.#carriers.set(name, carrier)
      else if (carriers instanceof Set) carriers.add(carrier)
      else if (carriers !== carrier) this.#carriers.set(name, new Set([carriers, carrier]))
    }
  }

  remove(carrier: T): void {
    for (const name of carrier.surrogateKeys) {
      const carriers = this.#carriers.get(name)
      const isLast = carriers instanceof Set ? carriers.delete(carrier) && carriers.size === 0 : carriers === carrier
      if (isLast) this.#carriers.delete(name)
    }
  }
}
