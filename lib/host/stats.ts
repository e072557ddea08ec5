/** The figures of a host. Types only. */

import type { TransactionStats } from '../cache/stats.js'

/** What a host counts. */
export interface HostStats {
  /** Lookups by what they came to, commits, what is stored now. */
  readonly transactions: TransactionStats
  /** Requests sent to origins, all in all and now. */
  readonly sends: { readonly started: number; readonly active: number }
  /** Entries, sends and bodies that somebody holds now. */
  readonly handles: number
}
