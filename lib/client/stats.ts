/** The statistics of a cache: those of its host, and those of the thread that holds the cache. */

import type { HostStats } from '../host/stats.js'
import type { RevalidationStats } from '../pending/revalidations.js'

/** The statistics that one thread's cache counts itself. */
export interface GuestStats {
  /** Requests made through this cache, and those of them without an answer yet. */
  readonly requests: { readonly started: number; readonly pending: number }
  /** Fetches behind stale answers. */
  readonly revalidations: RevalidationStats
}

/**
 * The statistics of the host and of this thread's cache. In those of a `HostThread`, `requests` are the requests that ran in the
 * host's thread for other threads: without hits that a thread answered by itself, and without requests with hooks.
 */
export interface Stats extends HostStats, GuestStats {
  /**
   * Tickets given out, used or not, until their guest has left. A `HostThread` that is asked for statistics counts as a guest itself.
   * Absent if the host has no thread of its own.
   */
  readonly guests?: number
}

/** The host's statistics with a guest's own `requests`. Both revalidate, the guest for requests with hooks, so that is added up. */
export function withGuest(host: Stats, guest: GuestStats): Stats {
  const { running, started, failed, refused } = guest.revalidations
  const revalidations = {
    running: host.revalidations.running + running,
    started: host.revalidations.started + started,
    failed: host.revalidations.failed + failed,
    refused: host.revalidations.refused + refused,
  }
  return { ...host, requests: guest.requests, revalidations }
}
