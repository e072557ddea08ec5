/** A map that nearly always holds one value, for which it needs no hash table: there is such a map for every stored key. */

export class SmallMap<V extends object> {
  #name = ''
  #only: V | undefined = undefined
  /** All values, once there have been two. */
  #many: Map<string, V> | undefined = undefined

  get size(): number {
    return this.#many?.size ?? (this.#only === undefined ? 0 : 1)
  }

  get(name: string): V | undefined {
    if (this.#many !== undefined) return this.#many.get(name)
    return this.#name === name ? this.#only : undefined
  }

  set(name: string, value: V): void {
    if (this.#many !== undefined) this.#many.set(name, value)
    else if (this.#only === undefined || this.#name === name) {
      this.#name = name
      this.#only = value
    } else {
      this.#many = new Map([
        [this.#name, this.#only],
        [name, value],
      ])
      this.#only = undefined
    }
  }

  /** Does nothing for a name that is not there. */
  delete(name: string): void {
    if (this.#many !== undefined) this.#many.delete(name)
    else if (this.#name === name) this.#only = undefined
  }

  values(): Iterable<V> {
    return this.#many?.values() ?? (this.#only === undefined ? [] : [this.#only])
  }
}
