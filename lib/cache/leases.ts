/** Leases of obligations: a lease has a timer only while an entry waits for the leader, and lapses if it runs out then. */

import type { Clock } from '../base/clock.js'
import type { Obligation, Slot } from './variants.js'

export class Leases {
  readonly #clock: Clock
  readonly #lapsed: (obligation: Obligation) => void

  /** `lapsed` is called once for an obligation whose lease runs out while it is watched. */
  constructor(clock: Clock, lapsed: (obligation: Obligation) => void) {
    this.#clock = clock
    this.#lapsed = lapsed
  }

  /** Starts the timer, since an entry waits. Does nothing if the timer runs already, or the lease has no end. */
  watch(obligation: Obligation): void {
    if (obligation.leaseTimer !== undefined || obligation.holder.lease.ms === Number.POSITIVE_INFINITY) return
    obligation.leaseTimer = this.#clock.setTimer(obligation.leaseEndsMs - this.#clock.now(), () => {
      obligation.leaseTimer = undefined
      // A timer may fire slightly before its time by the clock.
      if (obligation.lapsedAt(this.#clock.now())) this.#lapsed(obligation)
      else this.watch(obligation)
    })
  }

  /** Stops the leader's timer if no entry waits any more. The next lookup checks the lease itself. */
  stopIfIdle({ leader, waiters }: Slot): void {
    if (leader !== undefined && waiters.size === 0) this.stop(leader)
  }

  /** Restarts the lease. */
  renew(obligation: Obligation): void {
    obligation.leaseEndsMs = this.#clock.now() + obligation.holder.lease.ms
    if (obligation.leaseTimer === undefined) return
    this.stop(obligation)
    this.watch(obligation)
  }

  /** Stops the timer. */
  stop(obligation: Obligation): void {
    obligation.leaseTimer?.()
    obligation.leaseTimer = undefined
  }
}
