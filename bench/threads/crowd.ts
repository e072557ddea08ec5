/** The interface of a rival of `cold`: many callers on each of several threads request one URL. */

import type { Ticket } from '../../lib/bridge/ticket.js'

/** All callers, on all threads. */
export interface Crowd {
  /** Called once on each thread. All tickets belong to one host; a rival without a host ignores them. */
  join(ticket: Ticket): Member
}

/** The callers of one thread. */
export interface Member {
  /** Has `callers` callers request `url` at once. Returns the bytes of all their bodies together, once the last one is read. */
  ask(url: string, callers: number): number | Promise<number>
}
