/** The events of a cache's transactions, for diagnostics. Every callback is optional, and costs nothing if absent. */

import type { EvictReason } from '../store/store.js'
import type { Entry } from './entry.js'
import type { PurgeAim } from './purge-log.js'

/** Callbacks run in the middle of a change, so they must not call the cache. */
export interface Observer {
  /** A lookup began to wait for another request's fetch. */
  collapse?(entry: Entry): void
  /** A lookup got an obligation without waiting. */
  lead?(entry: Entry): void
  /** A waiter got an obligation. */
  promote?(entry: Entry): void
  /** An obligation was taken back because its lease ran out. */
  lapse?(entry: Entry): void
  /** A waiter got an object, and no obligation. */
  share?(entry: Entry): void
  /** A lookup failed: it waited too long, shares its leader's failure, or the cache closed. */
  fail?(entry: Entry, error: unknown): void
  /** An object was stored. An `update` keeps the body of the object before. */
  store?(key: string, how: 'insert' | 'update'): void
  /** A mark was left. */
  mark?(key: string, mode: 'pass' | 'miss'): void
  /** The store evicted an object or a mark. */
  evict?(key: string, reason: EvictReason): void
  purge?(target: PurgeAim, soft: boolean, affected: number): void
}
