/** What a cache counts: its host's figures, and those of the thread that holds it. */

import type { HostStats } from '../host/stats.js'
import type { RevalidationStats } from '../pending/revalidations.js'

/** What one thread's cache counts itself. */
export interface GuestStats {
  /** Requests made through it, and those without an answer yet. */
  readonly requests: { readonly started: number; readonly pending: number }
  /** Fetches behind stale answers. */
  readonly revalidations: RevalidationStats
}

/**
 * What the host counts, and this thread's cache. As `HostThread` tells it, `requests` are those that ran in the host's thread
 * for others: no hit that a thread answered by itself is among them, and no request with hooks.
 */
export interface Stats extends HostStats, GuestStats {
  /** Tickets given out, joined yet or not, until whoever joined has left; absent where the host has no thread of its own. */
  readonly guests?: number
}

/** What a thread has asked is its own; behind stale answers both fetch, those with hooks in that thread. */
export function ofGuest(host: Stats, guest: GuestStats): Stats {
  const { running, started, failed, refused } = guest.revalidations
  const revalidations = {
    running: host.revalidations.running + running,
    started: host.revalidations.started + started,
    failed: host.revalidations.failed + failed,
    refused: host.revalidations.refused + refused,
  }
  return { ...host, requests: guest.requests, revalidations }
}
