/** Types that several files of a host share. Types only. */

import type { Clock } from '../base/clock.js'
import type { InFlightSend } from '../cache/purge-log.js'
import type { Transactions } from '../cache/transactions.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'

export interface HostShared {
  readonly transactions: Transactions
  readonly policy: Policy
  readonly clock: Clock
}

/** An answer of an origin that is applied to the cache without a lookup of its request. */
export interface ForwardedAnswer {
  readonly request: RequestHead
  readonly head: ResponseHead
  /** The key of the stored response to `request`. */
  readonly key: string
  /** The send of `request`, by which the purge log knows which purges have overtaken the answer. */
  readonly inFlight: InFlightSend
  /** When `request` was put on a connection, on the clock's scale. */
  readonly sentMs: number
}
