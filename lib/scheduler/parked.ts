/** Which coroutines are parked on which handle. Finding them costs the same with ten parked and with a million. */

import type { Handle } from './readiness.js'

/** A handle further than this beyond the dense part goes to the map, so that a stray one costs no memory. */
const GAP = 1024

type Slot<T> = T | Set<T>

/** Nearly every handle has one coroutine on it; a set is made for the others. */
export class Parked<T extends object> {
  readonly #dense: (Slot<T> | undefined)[] = []
  readonly #sparse = new Map<Handle, Slot<T>>()
  #denseCursor = 0
  #sparseCursor: Iterator<Handle> | undefined

  add(handle: Handle, waiter: T): void {
    const slot = this.#slot(handle)
    if (slot === undefined) this.#put(handle, waiter)
    else if (slot instanceof Set) slot.add(waiter)
    else if (slot !== waiter) this.#put(handle, new Set([slot, waiter]))
  }

  remove(handle: Handle, waiter: T): void {
    const slot = this.#slot(handle)
    if (slot instanceof Set) {
      slot.delete(waiter)
      if (slot.size === 0) this.#clear(handle)
    } else if (slot === waiter) this.#clear(handle)
  }

  /** Takes everybody off `handle`: one waiter, several in the order they came, or nobody. */
  take(handle: Handle): Slot<T> | undefined {
    const slot = this.#slot(handle)
    if (slot !== undefined) this.#clear(handle)
    return slot
  }

  /** Every waiter with its handle. For blocking on plain sources, for wait graphs and for closing: it visits them all. */
  *entries(): Generator<[Handle, T]> {
    for (let handle = 0; handle < this.#dense.length; handle++) {
      const slot = this.#dense[handle]
      if (slot !== undefined) yield* pairs(handle, slot)
    }
    for (const [handle, slot] of this.#sparse) yield* pairs(handle, slot)
  }

  /** The handles with waiters among the next `places`, going round: bounded work, and each has its turn. */
  glance(places: number): Handle[] {
    const handles: Handle[] = []
    for (let left = Math.min(places, this.#dense.length); left > 0; left--) {
      if (this.#denseCursor >= this.#dense.length) this.#denseCursor = 0
      if (this.#dense[this.#denseCursor] !== undefined) handles.push(this.#denseCursor)
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

  #slot(handle: Handle): Slot<T> | undefined {
    return (
      (handle < this.#dense.length ? this.#dense[handle] : undefined) ??
      (this.#sparse.size > 0 ? this.#sparse.get(handle) : undefined)
    )
  }

  #put(handle: Handle, slot: Slot<T>): void {
    const dense = this.#dense
    if (handle >= dense.length + GAP || this.#sparse.has(handle)) this.#sparse.set(handle, slot)
    else {
      while (dense.length < handle) dense.push(undefined)
      dense[handle] = slot
    }
  }

  #clear(handle: Handle): void {
    if (handle < this.#dense.length && this.#dense[handle] !== undefined) this.#dense[handle] = undefined
    else this.#sparse.delete(handle)
  }
}

function* pairs<T extends object>(handle: Handle, slot: Slot<T>): Generator<[Handle, T]> {
  if (slot instanceof Set) for (const waiter of slot) yield [handle, waiter]
  else yield [handle, slot]
}
