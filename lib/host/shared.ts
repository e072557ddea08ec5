/** What the parts of one host share. Types only. */

import type { Clock } from '../base/clock.js'
import type { Transactions } from '../cache/transactions.js'
import type { Policy } from '../http/policy.js'

export interface HostShared {
  readonly transactions: Transactions
  readonly policy: Policy
  readonly clock: Clock
}
