/** Who leads: obligations begin and end here, and have their leases. What becomes of the waiters then is decided in `collapse.ts`. */

import { must } from '../base/self-check.js'
import type { Entry, Exclusivity } from './entry.js'
import { Leases } from './leases.js'
import type { InFlightSend } from './purge-log.js'
import type { Shared } from './shared.js'
import { Obligation, type Slot } from './variants.js'

/** What an obligation is made of, besides its holder. */
export interface NewObligation {
  readonly slot: Slot
  readonly as: Exclusivity
  readonly inFlight: InFlightSend
}

export class Leaders implements Iterable<Obligation> {
  readonly #obligations = new Map<Entry, Obligation>()
  readonly leases: Leases
  readonly #shared: Shared

  /** `lapsed` is called once for an obligation whose lease runs out while an entry waits for it. */
  constructor(shared: Shared, lapsed: (obligation: Obligation) => void) {
    this.#shared = shared
    this.leases = new Leases(shared.clock, lapsed)
  }

  get size(): number {
    return this.#obligations.size
  }

  [Symbol.iterator](): Iterator<Obligation> {
    return this.#obligations.values()
  }

  /** The obligation of an entry that leads. */
  of(entry: Entry): Obligation | undefined {
    return this.#obligations.get(entry)
  }

  /** The obligation, or `BadHandleError`. */
  obliged(entry: Entry): Obligation {
    const obligation = this.of(entry)
    if (obligation === undefined) throw entry.refuse(entry.phase === 'closed' ? 'is closed' : 'has no obligation')
    return obligation
  }

  oblige(entry: Entry, { slot, as, inFlight }: NewObligation, nowMs: number): Obligation {
    const obligation = new Obligation(slot, entry, as, inFlight, nowMs)
    this.#obligations.set(entry, obligation)
    entry.leads = as
    if (as === 'exclusive') slot.leader = obligation
    else slot.together += 1
    return obligation
  }

  /** Ends an obligation. The caller then releases the slot's waiters, if any, by a `wake` method of `Collapse`, or sets a new leader. */
  end(obligation: Obligation): void {
    must(this.of(obligation.holder) === obligation, '2.9-2: an obligation ends once')
    this.leases.stop(obligation)
    obligation.inFlight.end()
    this.#obligations.delete(obligation.holder)
    obligation.holder.leads = undefined
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
