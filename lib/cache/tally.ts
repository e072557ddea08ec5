/** Counts what happened since the cache was opened. */

import type { LookupOutcome } from './outcome.js'

export class Tally {
  /** Lookups that are over, by what they came to. */
  readonly outcomes: Record<LookupOutcome, number> = {
    hit: 0,
    stale: 0,
    'stale-lead': 0,
    'stale-if-error': 0,
    lead: 0,
    'lead-if-error': 0,
    pass: 0,
  }
  /** Lookups that waited. */
  collapsed = 0
  /** Lookups that failed: by time-out, by sharing a failure, by closing. */
  failed = 0
  /** Obligations granted; those of them to a waiter; those taken back because the lease ran out. */
  led = 0
  promoted = 0
  lapsed = 0
  inserts = 0
  updates = 0
  marks = 0
  evicted = 0
  purged = 0
}
