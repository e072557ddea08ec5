/** Joins a host in another thread, and makes a cache over it. */

import { systemClock } from '../base/clock.js'
import { joinHost } from '../bridge/guest/guest.js'
import type { Ticket } from '../bridge/ticket.js'
import { Cache } from './cache.js'
import { type Stats, withGuest } from './stats.js'

/**
 * Joins the host that issued `ticket`. In a worker, `wait()` blocks until the answer is there, whichever thread fetches it.
 *
 * @throws InvalidArgumentError if `ticket` is no ticket, was used, or has lost its port; HostLostError if the host is gone
 * @example
 * const cache = connect(workerData.ticket)
 * const response = cache.send('http://localhost:8080/').wait()
 */
export function connect(ticket: Ticket): Cache {
  const host = joinHost(ticket)
  return Cache.over({
    host,
    policy: ticket.policy,
    clock: systemClock,
    id: ticket.id,
    stats: (guest) => withGuest(host.stats() as Stats, guest),
    shutDown: async () => host.shutDown(),
  })
}
