/** What a rival of the cold URL has to do: many callers on one thread of several, all of whom want the same. */

import type { Ticket } from '../../lib/bridge/ticket.js'

/** How one thread takes part. */
export interface Crowd {
  /** Joins. `ticket` is of a host that all threads share; not every rival wants one. */
  join(ticket: Ticket): Member
}

export interface Member {
  /** `callers` ask for `url` at once; the bytes of all their bodies together, once the last has its own. */
  ask(url: string, callers: number): number | Promise<number>
}
