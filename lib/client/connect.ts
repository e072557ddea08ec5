/** A cache over a host in another thread. */

import { systemClock } from '../base/clock.js'
import { joinHost } from '../bridge/guest/guest.js'
import type { Ticket } from '../bridge/ticket.js'
import { Cache } from './cache.js'
import { ofGuest, type Stats } from './stats.js'

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
  return Cache.over({
    host,
    policy: ticket.policy,
    clock: systemClock,
    id: ticket.id,
    stats: (guest) => ofGuest(host.stats() as Stats, guest),
    shutDown: async () => host.shutDown(),
  })
}
