/** Joins this thread to a running host, as a guest. */

import { type Clock, systemClock } from '../../base/clock.js'
import { Standings } from '../../cache/standings.js'
import { Life } from '../life.js'
import { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { checkTicket, redeem, type Ticket } from '../ticket.js'
import { Mailbox } from './mailbox.js'
import { RemoteHost } from './remote-host.js'

/** Throws `InvalidArgumentError` for a ticket that is no good or was used before; `HostLostError` if its host is gone. */
export function joinHost(ticket: Ticket, clock: Clock = systemClock): RemoteHost {
  checkTicket(ticket)
  const port = redeem(ticket)
  const { memory, life, policy, backends } = ticket
  const mailbox = new Mailbox(new Line<ToHost, ToGuest>(port, memory, 'guest'), new Life(life))
  const standings = new Standings(ticket.standings)
  return new RemoteHost({ mailbox, policy, clock, backends, standings })
}
