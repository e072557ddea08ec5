/** What the host's thread is made of, as far as it serves guests. */

import type { Clock } from '../../base/clock.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Surroundings } from '../../pending/context.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import type { Relay } from './relay.js'

export interface HostingParts {
  readonly host: LocalHost
  readonly surroundings: Surroundings
  readonly clock: Clock
  /** How long a guest may lead without turning before somebody else may lead in its place. */
  readonly leaseMs: number
  readonly stats: () => unknown
  /** Told of the memory of a line that nobody uses any more. */
  readonly freed?: (memory: SharedArrayBuffer) => void
}

/** The same for one guest. */
export interface SessionParts extends HostingParts {
  readonly line: Line<ToGuest, ToHost>
  readonly relay: Relay
}
