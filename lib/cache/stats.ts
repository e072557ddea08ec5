/** The statistics of a cache's transactions: what has happened, and what there is now. Types only. */

import type { StoreStats } from '../store/store.js'
import type { Tally } from './tally.js'

/** What a cache has counted since it was opened, and what it has at the moment. */
export interface TransactionStats extends Readonly<Omit<Tally, 'outcomes'>> {
  /** Finished lookups, by outcome. */
  readonly outcomes: Readonly<Tally['outcomes']>
  /** What the bodies and heads take. */
  readonly store: StoreStats
  /** Keys under which there is anything. */
  readonly keys: number
  /** Stored responses. */
  readonly objects: number
  /** Marks of responses that could not be stored. */
  readonly markers: number
  /** Fetches under way, or about to be, that others may wait for. */
  readonly obligations: number
  /** Lookups that wait for another's fetch. */
  readonly waiting: number
  /** Hard purges that may have overtaken a request under way. */
  readonly rememberedPurges: number
}
