/** The objects that the parts of one cache share. Types only. */

import type { Clock } from '../base/clock.js'
import type { Policy } from '../http/policy.js'
import type { Catalogue } from './catalogue.js'
import type { Observer } from './observe.js'
import type { PurgeLog } from './purge-log.js'
import type { Tally } from './tally.js'
import type { Wakes } from './wakes.js'

export interface Shared {
  readonly clock: Clock
  readonly policy: Policy
  readonly catalogue: Catalogue
  readonly purges: PurgeLog
  readonly wakes: Wakes
  readonly tally: Tally
  readonly observe: Observer
  /** The next number in the order of all lookups, commits, sends and purges. */
  nextSerial(): number
}
