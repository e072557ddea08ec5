/** How long an obligation is safe: its lease is watched while somebody waits for it, and one that runs out then has lapsed. */

import type { Clock } from '../base/clock.js'
import type { Obligation } from './obligation.js'
import type { Slot } from './slot.js'

export class Leases {
  readonly #clock: Clock
  readonly #lapsed: (obligation: Obligation) => void

  /** `lapsed` is told once of an obligation whose lease has run out while it was watched. */
  constructor(clock: Clock, lapsed: (obligation: Obligation) => void) {
    this.#clock = clock
    this.#lapsed = lapsed
  }

  /** Somebody waits for it. Harmless for one that is watched already, and for a lease without end. */
  watch(obligation: Obligation): void {
    if (obligation.leaseTimer !== undefined || obligation.leaseMs === Number.POSITIVE_INFINITY) return
    obligation.leaseTimer = this.#clock.setTimer(obligation.leaseEndsMs - this.#clock.now(), () => {
      obligation.leaseTimer = undefined
      // A timer may fire a fraction before the time the clock tells.
      if (obligation.lapsedAt(this.#clock.now())) this.#lapsed(obligation)
      else this.watch(obligation)
    })
  }

  /** A leader whom nobody waits for any more needs no timer: its lease is looked at when the next one comes. */
  stopIfIdle({ leader, waiters }: Slot): void {
    if (leader !== undefined && waiters.size === 0) this.stop(leader)
  }

  /** Starts it anew. */
  renew(obligation: Obligation): void {
    obligation.leaseEndsMs = this.#clock.now() + obligation.leaseMs
    if (obligation.leaseTimer === undefined) return
    this.stop(obligation)
    this.watch(obligation)
  }

  /** Watches it no more. */
  stop(obligation: Obligation): void {
    obligation.leaseTimer?.()
    obligation.leaseTimer = undefined
  }
}
