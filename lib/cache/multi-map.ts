/** A map from a name to several items. A name with one item, which is the usual case, needs no set. */

export class MultiMap<T extends object> {
  readonly #items = new Map<string, T | Set<T>>()

  /** All items with the name, in the order they were added. */
  of(name: string): T[] {
    const items = this.#items.get(name)
    if (items === undefined) return []
    return items instanceof Set ? [...items] : [items]
  }

  add(name: string, item: T): void {
    const items = this.#items.get(name)
    if (items === undefined) this.#items.set(name, item)
    else if (items instanceof Set) items.add(item)
    else if (items !== item) this.#items.set(name, new Set([items, item]))
  }

  /** Does nothing for an item that is not there. */
  remove(name: string, item: T): void {
    const items = this.#items.get(name)
    const isLast = items instanceof Set ? items.delete(item) && items.size === 0 : items === item
    if (isLast) this.#items.delete(name)
  }
}
