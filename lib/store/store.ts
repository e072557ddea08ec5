/** What the cache asks of the place where objects live: a bound in bytes, and word of what had to go. */

import type { Undo } from '../base/undo.js'
import type { BodyOptions, StoredBody } from './body.js'

/** Something a store keeps: the cache knows what it means, the store what it weighs. */
export interface Kept {
  /** Bytes of everything but the body; fixed. */
  readonly headBytes: number
  /** Its body, which may still grow. */
  readonly body: StoredBody | undefined
  /** Whether it was used, since this was last asked, without `touch`. */
  takeUnseenUse?(): boolean
}

/** Why a store let go of an item: others needed the room, it outgrew the whole bound, or its body failed. */
export type EvictReason = 'room' | 'too-large' | 'failed'

/** One item at a time is told, after it is gone. */
export type EvictListener = (item: Kept, reason: EvictReason) => void

export interface StoreStats {
  readonly items: number
  readonly bytes: number
  readonly maxBytes: number
}

/**
 * Where objects live. Letting go of an item never touches its readers: they hold the bytes they still need.
 * Every implementation passes `spec/store/suite.ts`.
 */
export interface Store {
  /** A new body whose bytes this store places; counted once an item with it is added. */
  openBody(options?: Omit<BodyOptions, 'keep'>): StoredBody
  /** Takes an item in, most recently used, and makes room for it; may evict it at once, never throws for lack of room. */
  add(item: Kept): void
  /** Marks an item as used just now. Harmless on one that is gone. */
  touch(item: Kept): void
  /** Lets go of an item without telling. Harmless on one that is gone. */
  remove(item: Kept): void
  /** One listener at a time. */
  onEvict(listener: EvictListener): Undo
  stats(): StoreStats
  /** Lets go of everything without telling. */
  close(): void
}
