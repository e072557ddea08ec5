/** Objects in memory: heads and bodies together stay within a bound, the least recently used go first. */

import { LRUCache } from 'lru-cache'
import { bytesOf } from '../base/body.js'
import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import { type BodyOptions, StoredBody } from './body.js'
import type { EvictListener, EvictReason, Kept, Store, StoreStats } from './store.js'

export interface MemoryStoreOptions {
  /** Bytes of heads and bodies together. */
  readonly maxBytes: number
  /** Where the chunks of a body are to live (see `BodyOptions.keep`), given how many bytes will be written, if that is known. */
  readonly places?: (length: number | undefined) => NonNullable<BodyOptions['keep']>
}

/** Throws `InvalidArgumentError` for what cannot bound a store. */
export function checkMaxBytes(given: unknown): void {
  if (!Number.isSafeInteger(given) || (given as number) <= 0)
    throw new InvalidArgumentError(`maxBytes must be a positive integer, not ${printed(given)}`)
}

export class MemoryStore implements Store {
  readonly #maxBytes: number
  readonly #places: MemoryStoreOptions['places']
  /** Maps each item to what it weighs: a value that changes is what makes the package count anew. */
  readonly #weights: LRUCache<Kept, number>
  #listener: EvictListener | undefined = undefined

  constructor(options: MemoryStoreOptions) {
    checkMaxBytes(options.maxBytes)
    this.#maxBytes = options.maxBytes
    this.#places = options.places
    this.#weights = new LRUCache<Kept, number>({
      maxSize: options.maxBytes,
      sizeCalculation: (weight) => weight,
      // After, not during: whoever is told may come back with other calls.
      disposeAfter: (_weight, item, reason) => {
        if (reason === 'evict') this.#gone(item, 'room')
      },
    })
  }

  openBody(options: Omit<BodyOptions, 'keep'> = {}): StoredBody {
    if (this.#places === undefined) return new StoredBody(options)
    const { length, before, after } = options
    const written = length === undefined ? undefined : length - bytesOf(before ?? []) - bytesOf(after ?? [])
    return new StoredBody({ keep: this.#places(written), ...options })
  }

  add(item: Kept): void {
    const { body } = item
    if (body?.phase === 'failed') return this.#gone(item, 'failed')
    if (body?.phase === 'streaming') {
      body.watch({
        grew: () => {
          body.tidy()
          this.#weigh(item)
        },
        ended: () => {
          if (body.phase === 'failed') return this.#evict(item, 'failed')
          body.watch(undefined)
          body.tidy()
        },
      })
    }
    if (body?.phase === 'complete') body.tidy()
    this.#weigh(item)
  }

  touch(item: Kept): void {
    this.#weights.get(item)
  }

  remove(item: Kept): void {
    if (this.#weights.delete(item)) item.body?.watch(undefined)
  }

  onEvict(listener: EvictListener): Undo {
    this.#listener = listener
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }

  stats(): StoreStats {
    return { items: this.#weights.size, bytes: this.#weights.calculatedSize, maxBytes: this.#maxBytes }
  }

  close(): void {
    for (const item of this.#weights.keys()) item.body?.watch(undefined)
    this.#weights.clear()
  }

  /** Bytes count as they come; one that is known not to fit goes before it pushes others out. */
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

  /** What was used unseen has a second chance. `item` itself, which may be there already, comes to the end of the line first. */
  #makeRoom(item: Kept, weight: number): void {
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
