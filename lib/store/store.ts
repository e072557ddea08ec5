/** What the cache asks of a store: it keeps items within a bound in bytes, and tells which items it evicts. */

import type { BodyOptions, StoredBody } from './body.js'

/** An item of a store. The cache knows what it means, the store only what it weighs. */
export interface Kept {
  /** Bytes of everything but the body; fixed. */
  readonly headBytes: number
  /** The body, which may still grow. */
  readonly body: StoredBody | undefined
  /** Whether the item was used without `touch` since this was last called. */
  takeUnseenUse?(): boolean
}

/** Why a store evicted an item: others needed the room, the item alone outgrew the bound, or its body failed. */
export type EvictReason = 'room' | 'too-large' | 'failed'

/** Called for each evicted item, after it is gone. */
export type EvictListener = (item: Kept, reason: EvictReason) => void

export interface StoreStats {
  readonly items: number
  readonly bytes: number
  readonly maxBytes: number
}

/**
 * Keeps items. An item that is evicted or removed does not affect readers of its body: they hold the bytes they still need.
 * Every implementation passes `spec/store/suite.ts`.
 */
export interface Store {
  /** A new body, in memory that this store allocates. Its bytes are counted once an item with it is added. */
  openBody(options?: Omit<BodyOptions, 'allocate'>): StoredBody
  /** Adds an item as the most recently used, and makes room for it. May evict it at once; never throws for lack of room. */
  add(item: Kept): void
  /** Marks an item as used just now. Harmless if the item is gone. */
  touch(item: Kept): void
  /** Removes an item without calling the listener. Harmless if the item is gone. */
  remove(item: Kept): void
  /** One listener at a time. */
  onEvict(listener: EvictListener): void
  stats(): StoreStats
  /** Removes all items without calling the listener. */
  close(): void
}
