/** What a diagnosis may listen to. Every callback is optional, and costs nothing where it is absent. */

import type { EvictReason } from '../store/store.js'
import type { Entry } from './entry.js'
import type { PurgeAim } from './purge-log.js'

/** Called in the middle of a change: look, do not touch. */
export interface Observer {
  /** A lookup began to wait for another's fetch. */
  collapse?(entry: Entry): void
  /** An entry took an obligation, at its lookup. */
  lead?(entry: Entry): void
  /** A waiter took over an obligation. */
  promote?(entry: Entry): void
  /** An obligation was taken back because its lease ran out. */
  lapse?(entry: Entry): void
  /** A waiter got its object. */
  share?(entry: Entry): void
  /** A lookup failed: it waited too long, or shares its leader's failure. */
  fail?(entry: Entry, error: unknown): void
  /** An object was stored; `update` kept the body of the one before. */
  store?(key: string, how: 'insert' | 'update'): void
  /** A mark was left. */
  mark?(key: string, mode: 'pass' | 'miss'): void
  /** The store let go of an object or a mark. */
  evict?(key: string, reason: EvictReason): void
  purge?(target: PurgeAim, soft: boolean, affected: number): void
}
