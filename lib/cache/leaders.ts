/** Who leads: obligations begin and end here, and have their leases. What becomes of the waiters then is decided in `collapse.ts`. */

import { must } from '../base/self-check.js'
import type { Entry } from './entry.js'
import { Leases } from './leases.js'
import { type Exclusivity, Obligation } from './obligation.js'
import type { InFlightSend } from './purge-log.js'
import type { Shared } from './shared.js'
import type { Slot } from './slot.js'

/** What an obligation is made of, besides its holder. */
export interface NewObligation {
  readonly slot: Slot
  readonly as: Exclusivity
  readonly inFlight: InFlightSend
}

export class Leaders {
  readonly obligations = new Set<Obligation>()
  readonly leases: Leases
  readonly #shared: Shared

  /** `lapsed` is called once for an obligation whose lease runs out while an entry waits for it. */
  constructor(shared: Shared, lapsed: (obligation: Obligation) => void) {
    this.#shared = shared
    this.leases = new Leases(shared.clock, lapsed)
  }

  oblige(entry: Entry, { slot, as, inFlight }: NewObligation, nowMs: number): Obligation {
    const obligation = new Obligation(slot, entry, as, inFlight, entry.leaseMs, nowMs)
    this.obligations.add(obligation)
    entry.obligation = obligation
    if (as === 'exclusive') slot.leader = obligation
    else slot.together += 1
    return obligation
  }

  /** Ends an obligation. The caller then releases the slot's waiters, if any, by a `wake` method of `Collapse`, or sets a new leader. */
  end(obligation: Obligation): void {
    must(obligation.holder.obligation === obligation, '2.9-2: an obligation ends once')
    this.leases.stop(obligation)
    obligation.inFlight.end()
    this.obligations.delete(obligation)
    obligation.holder.obligation = undefined
    if (obligation.exclusivity === 'exclusive') obligation.slot.leader = undefined
    else obligation.slot.together -= 1
  }

  /** Ends an obligation because its lease has run out. */
  revoke(obligation: Obligation): void {
    this.end(obligation)
    this.#shared.tally.lapsed += 1
    this.#shared.observe.lapse?.(obligation.holder)
  }
}
