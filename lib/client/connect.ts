/** A cache over a host in another thread. */

import { systemClock } from '../base/clock.js'
import { joinHost } from '../bridge/guest.js'
import type { Ticket } from '../bridge/ticket.js'
import { Cache, type GuestStats, type Stats } from './cache.js'

/**
 * Joins the host that issued `ticket`. In a worker, `wait()` blocks until the answer is there, whichever thread brings it
 * about.
 *
 * @throws InvalidArgumentError for what is not a ticket, or one that was used or has lost its port; HostLostError where the
 * host is gone
 * @example
 * const cache = connect(workerData.ticket)
 * const response = cache.send('http://localhost:8080/').wait()
 */
export function connect(ticket: Ticket): Cache {
  const host = joinHost(ticket)
  return new Cache({
    host,
    policy: ticket.policy,
    clock: systemClock,
    id: ticket.id,
    stats: (guest) => shared(host.stats() as Stats, guest),
    shutDown: async () => host.shutDown(),
  })
}

/** What a guest has asked is its own; behind stale answers both fetch, those with hooks here. */
function shared(host: Stats, guest: GuestStats): Stats {
  const { running, started, failed, refused } = guest.revalidations
  const revalidations = {
    running: host.revalidations.running + running,
    started: host.revalidations.started + started,
    failed: host.revalidations.failed + failed,
    refused: host.revalidations.refused + refused,
  }
  return { ...host, requests: guest.requests, revalidations }
}
