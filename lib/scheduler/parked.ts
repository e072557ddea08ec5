/** Which coroutines are parked on which handle. Finding them costs the same with ten parked and with a million. */

import type { Handle } from './readiness.js'

/** A handle further than this beyond the dense part goes to the map, so that a stray one costs no memory. */
const GAP = 1024

/** More than one on a handle, in the order they came. */
class Several<T> extends Set<T> {}

type Slot<T> = T | Several<T>

/**
 * Nearly every handle has one waiter on it; a set is made for the others.
 *
 * A waiter comes with what it needs to go on, and the two lie side by side: in a large crowd both are far away in memory,
 * and whoever takes one has them fetched together. Found by way of each other they would come one after the other.
 */
export class Parked<T extends object> {
  /** Two places for each handle: the waiter, then what it needs; nothing, then those who are several. */
  readonly #dense: unknown[] = []
  readonly #sparse = new Map<Handle, Slot<T>>()
  #denseCursor = 0
  #sparseCursor: Iterator<Handle> | undefined

  /** `needed` is what `waiter` needs to go on. */
  add(handle: Handle, waiter: T, needed: object): void {
    const slot = this.#slot(handle)
    if (slot === undefined) this.#put(handle, waiter, needed)
    else if (slot instanceof Several) slot.add(waiter)
    else if (slot !== waiter) {
      this.#clear(handle)
      this.#put(handle, undefined, new Several([slot, waiter]))
    }
  }

  remove(handle: Handle, waiter: T): void {
    const slot = this.#slot(handle)
    if (slot instanceof Several) {
      slot.delete(waiter)
      if (slot.size === 0) this.#clear(handle)
    } else if (slot === waiter) this.#clear(handle)
  }

  /** Who waits there. Looks at none of them, which costs nothing however far away they are. */
  on(handle: Handle): 'nobody' | 'one' | 'several' {
    const at = 2 * handle
    if (at < this.#dense.length && this.#dense[at + 1] !== undefined)
      return this.#dense[at] === undefined ? 'several' : 'one'
    const stray = this.#stray(handle)
    if (stray === undefined) return 'nobody'
    return stray instanceof Several ? 'several' : 'one'
  }

  /**
   * Takes everybody off `handle`: one waiter, several in the order they came, or nobody. `typeof` has to look at the second,
   * where a comparison would not: from then on it is on its way from memory, beside the first.
   */
  take(handle: Handle): T | Set<T> | undefined {
    const at = 2 * handle
    const second = at < this.#dense.length ? this.#dense[at + 1] : undefined
    if (typeof second === 'undefined') return this.#takeStray(handle)
    const first = this.#dense[at] as T | undefined
    this.#dense[at] = undefined
    this.#dense[at + 1] = undefined
    return first ?? (second as Several<T>)
  }

  takeAll(handle: Handle): readonly T[] {
    const slot = this.take(handle)
    if (slot === undefined) return []
    return slot instanceof Several ? [...slot] : [slot as T]
  }

  /** Every waiter with its handle. For blocking on plain sources, for wait graphs and for closing: it visits them all. */
  *entries(): Generator<[Handle, T]> {
    for (let handle = 0; handle < this.#places; handle++) {
      const slot = this.#near(handle)
      if (slot !== undefined) yield* pairs(handle, slot)
    }
    for (const [handle, slot] of this.#sparse) yield* pairs(handle, slot)
  }

  /** The handles with waiters among the next `places`, going round: bounded work, and each has its turn. */
  glance(places: number): Handle[] {
    const handles: Handle[] = []
    for (let left = Math.min(places, this.#places); left > 0; left--) {
      if (this.#denseCursor >= this.#places) this.#denseCursor = 0
      if (this.#near(this.#denseCursor) !== undefined) handles.push(this.#denseCursor)
      this.#denseCursor++
    }
    for (let left = Math.min(places, this.#sparse.size); left > 0; left--) {
      this.#sparseCursor ??= this.#sparse.keys()
      const { done, value } = this.#sparseCursor.next()
      if (done) this.#sparseCursor = undefined
      else handles.push(value)
    }
    return handles
  }

  /** Handles below this are in the dense part. */
  get #places(): number {
    return this.#dense.length / 2
  }

  #slot(handle: Handle): Slot<T> | undefined {
    return this.#near(handle) ?? this.#stray(handle)
  }

  #near(handle: Handle): Slot<T> | undefined {
    const at = 2 * handle
    if (at >= this.#dense.length) return undefined
    return (this.#dense[at] ?? this.#dense[at + 1]) as Slot<T> | undefined
  }

  #stray(handle: Handle): Slot<T> | undefined {
    return this.#sparse.size > 0 ? this.#sparse.get(handle) : undefined
  }

  #takeStray(handle: Handle): Slot<T> | undefined {
    const slot = this.#stray(handle)
    if (slot !== undefined) this.#sparse.delete(handle)
    return slot
  }

  #put(handle: Handle, first: T | undefined, second: object): void {
    const dense = this.#dense
    const at = 2 * handle
    if (at < dense.length) {
      dense[at] = first
      dense[at + 1] = second
    } else if (handle < this.#places + GAP) {
      while (dense.length < at) dense.push(undefined)
      dense.push(first, second)
    } else this.#sparse.set(handle, first ?? (second as Several<T>))
  }

  #clear(handle: Handle): void {
    const at = 2 * handle
    if (at < this.#dense.length && this.#dense[at + 1] !== undefined) {
      this.#dense[at] = undefined
      this.#dense[at + 1] = undefined
    } else this.#sparse.delete(handle)
  }
}

function* pairs<T extends object>(handle: Handle, slot: Slot<T>): Generator<[Handle, T]> {
  if (slot instanceof Several) for (const waiter of slot) yield [handle, waiter]
  else yield [handle, slot]
}
