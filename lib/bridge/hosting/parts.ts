/** What sessions need from the host's thread. Types only. */

import type { Clock } from '../../base/clock.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Surroundings } from '../../pending/surroundings.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import type { Relay } from './relay.js'

export interface HostingParts {
  readonly host: LocalHost
  readonly surroundings: Surroundings
  readonly clock: Clock
  /** How long a guest may lead without turning before its obligation can go to a waiter. */
  readonly leaseMs: number
  readonly stats: () => unknown
  /** Called with the memory of a line that neither end uses any more. */
  readonly freed?: (memory: SharedArrayBuffer) => void
}

/** What the session of one guest needs. */
export interface SessionParts extends HostingParts {
  readonly line: Line<ToGuest, ToHost>
  readonly relay: Relay
}
