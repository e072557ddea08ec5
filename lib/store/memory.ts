/** The store in memory: heads and bodies together stay within a bound, and the least recently used items are evicted first. */

import { LRUCache } from 'lru-cache'
import { bytesOf } from '../base/body.js'
import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import { type BodyOptions, StoredBody } from './body.js'
import type { EvictListener, EvictReason, Kept, Store, StoreStats } from './store.js'

export interface MemoryStoreOptions {
  /** Bytes of heads and bodies together. */
  readonly maxBytes: number
  /** Makes `BodyOptions.allocate` for one body, given how many bytes will be written, if that is known. */
  readonly allocator?: (length: number | undefined) => NonNullable<BodyOptions['allocate']>
}

/** Throws `InvalidArgumentError` unless `given` is a positive integer. */
export function checkMaxBytes(given: unknown): void {
  if (!Number.isSafeInteger(given) || (given as number) <= 0)
    throw new InvalidArgumentError(`maxBytes must be a positive integer, not ${printed(given)}`)
}

export class MemoryStore implements Store {
  readonly #maxBytes: number
  readonly #allocator: MemoryStoreOptions['allocator']
  /** Maps each item to its weight. The package counts an item anew only when its value has changed. */
  readonly #weights: LRUCache<Kept, number>
  #listener: EvictListener | undefined = undefined

  constructor(options: MemoryStoreOptions) {
    checkMaxBytes(options.maxBytes)
    this.#maxBytes = options.maxBytes
    this.#allocator = options.allocator
    this.#weights = new LRUCache<Kept, number>({
      maxSize: options.maxBytes,
      sizeCalculation: (weight) => weight,
      // Not `dispose`, which is called during the eviction: the listener may call the store again.
      disposeAfter: (_weight, item, reason) => {
        if (reason === 'evict') this.#gone(item, 'room')
      },
    })
  }

  openBody(options: Omit<BodyOptions, 'allocate'> = {}): StoredBody {
    if (this.#allocator === undefined) return new StoredBody(options)
    const { length, before, after } = options
    const written = length === undefined ? undefined : length - bytesOf(before ?? []) - bytesOf(after ?? [])
    return new StoredBody({ allocate: this.#allocator(written), ...options })
  }

  add(item: Kept): void {
    const { body } = item
    if (body?.phase === 'failed') return this.#gone(item, 'failed')
    if (body?.phase === 'streaming') {
      body.watch({
        grew: () => this.#weigh(item),
        ended: () => {
          if (body.phase === 'failed') return this.#evict(item, 'failed')
          body.watch(undefined)
          body.coalesce()
        },
      })
    }
    if (body?.phase === 'complete') body.coalesce()
    this.#weigh(item)
  }

  touch(item: Kept): void {
    this.#weights.get(item)
  }

  remove(item: Kept): void {
    if (this.#weights.delete(item)) item.body?.watch(undefined)
  }

  onEvict(listener: EvictListener): void {
    this.#listener = listener
  }

  stats(): StoreStats {
    return { items: this.#weights.size, bytes: this.#weights.calculatedSize, maxBytes: this.#maxBytes }
  }

  close(): void {
    for (const item of this.#weights.keys()) item.body?.watch(undefined)
    this.#weights.clear()
  }

  /** Counts the bytes of `item` that are there. An item that is known not to fit is evicted before it pushes others out. */
  #weigh(item: Kept): void {
    const { headBytes, body } = item
    const atLeast = headBytes + Math.max(body?.bytes ?? 0, body?.length ?? 0)
    if (atLeast > this.#maxBytes) this.#evict(item, 'too-large')
    else {
      const weight = Math.max(headBytes + (body?.bytes ?? 0), 1)
      this.#makeRoom(item, weight)
      this.#weights.set(item, weight)
    }
  }

  /** Evicts the least recently used items until `item` fits. An item that was used without `touch` has a second chance. */
  #makeRoom(item: Kept, weight: number): void {
    // `get` also marks `item`, if it is stored already, as used just now: so it is the last to go.
    const others = this.#maxBytes - weight + (this.#weights.get(item) ?? 0)
    while (this.#weights.calculatedSize > others) {
      const [oldest] = this.#weights.rkeys()
      if (oldest === undefined || oldest === item) return
      if (oldest.takeUnseenUse?.()) this.touch(oldest)
      else this.#evict(oldest, 'room')
    }
  }

  #evict(item: Kept, reason: EvictReason): void {
    this.#weights.delete(item)
    this.#gone(item, reason)
  }

  #gone(item: Kept, reason: EvictReason): void {
    item.body?.watch(undefined)
    this.#listener?.(item, reason)
  }
}
