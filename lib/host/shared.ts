/** What the parts of one host share. Types only. */

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

/** An answer that no lookup has led to. */
export interface UnaskedAnswer {
  readonly request: RequestHead
  readonly head: ResponseHead
  /** What is stored for it is under this. */
  readonly key: string
  /** Of the request. */
  readonly inFlight: InFlightSend
  readonly sentMs: number
}
