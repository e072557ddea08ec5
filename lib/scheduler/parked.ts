/** Which coroutines are parked on which handle. Finding them costs the same with ten parked and with a million. */

import type { Handle } from './readiness.js'

/** A handle further than this beyond the end of the dense part goes to the map, so that an outlier costs little memory. */
const GAP = 1024
/** The dense part grows up to so many handles for each that has waiters, and twice `GAP`: a source may use no number twice. */
const MOST_PER_WAITED = 4

/** The waiters on a handle that has more than one, in order of arrival. */
class Several<T> extends Set<T> {}

type Slot<T> = T | Several<T>

/**
 * Nearly every handle has one waiter; only a handle with several gets a set.
 *
 * Each waiter is stored beside the object that it needs to go on. Among a million waiters neither is in the processor's cache.
 * Side by side the two are fetched at the same time; through a reference from one to the other, one after the other.
 */
export class Parked<T extends object> {
  /** Two elements for each handle: its one waiter and what that needs, or `undefined` and a `Several`. */
  readonly #dense: unknown[] = []
  /** How many handles of the dense part have waiters. */
  #waited = 0
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

  /** How many waiters `handle` has. In the dense part it reads none of them, which would have to be fetched from memory. */
  on(handle: Handle): 'nobody' | 'one' | 'several' {
    const at = 2 * handle
    if (at < this.#dense.length && this.#dense[at + 1] !== undefined)
      return this.#dense[at] === undefined ? 'several' : 'one'
    const sparse = this.#sparseSlot(handle)
    if (sparse === undefined) return 'nobody'
    return sparse instanceof Several ? 'several' : 'one'
  }

  /**
   * Takes all waiters off `handle`: one, several in order of arrival, or `undefined`. `typeof` reads the second element's
   * object, which a comparison would not do: so that object is fetched from memory at the same time as the first.
   */
  take(handle: Handle): T | Set<T> | undefined {
    const at = 2 * handle
    const second = at < this.#dense.length ? this.#dense[at + 1] : undefined
    if (typeof second === 'undefined') return this.#takeSparse(handle)
    this.#waited--
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

  /** Every waiter with its handle. It visits all of them: for blocking on plain sources, wait graphs and closing. */
  *entries(): Generator<[Handle, T]> {
    for (let handle = 0; handle < this.#denseHandles; handle++) {
      const slot = this.#denseSlot(handle)
      if (slot !== undefined) yield* pairs(handle, slot)
    }
    for (const [handle, slot] of this.#sparse) yield* pairs(handle, slot)
  }

  /** Returns those with waiters of the next `count` handles of either part, round robin: bounded work, and each has its turn. */
  sample(count: number): Handle[] {
    const handles: Handle[] = []
    for (let left = Math.min(count, this.#denseHandles); left > 0; left--) {
      if (this.#denseCursor >= this.#denseHandles) this.#denseCursor = 0
      if (this.#denseSlot(this.#denseCursor) !== undefined) handles.push(this.#denseCursor)
      this.#denseCursor++
    }
    for (let left = Math.min(count, this.#sparse.size); left > 0; left--) {
      this.#sparseCursor ??= this.#sparse.keys()
      const { done, value } = this.#sparseCursor.next()
      if (done) this.#sparseCursor = undefined
      else handles.push(value)
    }
    return handles
  }

  /** Handles below this number are in the dense part. */
  get #denseHandles(): number {
    return this.#dense.length / 2
  }

  #slot(handle: Handle): Slot<T> | undefined {
    return this.#denseSlot(handle) ?? this.#sparseSlot(handle)
  }

  #denseSlot(handle: Handle): Slot<T> | undefined {
    const at = 2 * handle
    if (at >= this.#dense.length) return undefined
    return (this.#dense[at] ?? this.#dense[at + 1]) as Slot<T> | undefined
  }

  #sparseSlot(handle: Handle): Slot<T> | undefined {
    return this.#sparse.size > 0 ? this.#sparse.get(handle) : undefined
  }

  #takeSparse(handle: Handle): Slot<T> | undefined {
    const slot = this.#sparseSlot(handle)
    if (slot !== undefined) this.#sparse.delete(handle)
    return slot
  }

  #put(handle: Handle, first: T | undefined, second: object): void {
    const dense = this.#dense
    const at = 2 * handle
    if (at < dense.length) {
      this.#waited++
      dense[at] = first
      dense[at + 1] = second
    } else if (handle < this.#denseHandles + GAP && this.#denseHandles <= GAP + MOST_PER_WAITED * this.#waited) {
      this.#waited++
      while (dense.length < at) dense.push(undefined)
      dense.push(first, second)
    } else this.#sparse.set(handle, first ?? (second as Several<T>))
  }

  #clear(handle: Handle): void {
    const at = 2 * handle
    if (at < this.#dense.length && this.#dense[at + 1] !== undefined) {
      this.#waited--
      this.#dense[at] = undefined
      this.#dense[at + 1] = undefined
    } else this.#sparse.delete(handle)
  }
}

function* pairs<T extends object>(handle: Handle, slot: Slot<T>): Generator<[Handle, T]> {
  if (slot instanceof Several) for (const waiter of slot) yield [handle, waiter]
  else yield [handle, slot]
}
