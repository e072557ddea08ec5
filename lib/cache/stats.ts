/** The statistics of a cache's transactions: what has happened, and what there is now. Types only. */

import type { StoreStats } from '../store/store.js'
import type { Tally } from './tally.js'

export interface TransactionStats extends Readonly<Omit<Tally, 'outcomes'>> {
  readonly outcomes: Readonly<Tally['outcomes']>
  readonly store: StoreStats
  readonly keys: number
  readonly objects: number
  readonly markers: number
  readonly obligations: number
  readonly waiting: number
  /** Hard purges that may have overtaken a request under way. */
  readonly rememberedPurges: number
}
