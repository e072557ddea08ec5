/** The figures of a host. Types only. */

import type { TransactionStats } from '../cache/stats.js'

/** What a host counts. */
export interface HostStats {
  /** Lookups by outcome, commits, and what is stored now. */
  readonly transactions: TransactionStats
  /** Requests sent to origins: in total, and now under way. */
  readonly sends: { readonly started: number; readonly active: number }
  /** How many handles are open now: entries, sends, bodies and others. */
  readonly handles: number
}
