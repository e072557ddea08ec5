/** Counts the events of a cache's transactions since it was opened. */

import type { LookupOutcome } from './outcome.js'

export class Tally {
  /** Finished lookups, by outcome. */
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
  /** Obligations: all granted to lookups, those granted to a waiter, and those taken back because their lease ran out. */
  led = 0
  promoted = 0
  lapsed = 0
  inserts = 0
  updates = 0
  marks = 0
  evicted = 0
  purged = 0
}
