/** Which hard purges have overtaken a fetch, and what its response may still change in what is stored (semantics 12, T104, T106). */

import type { StoredObject } from './object.js'
import type { Purgeable } from './purge-log.js'
import type { Shared } from './shared.js'
import type { Obligation } from './variants.js'

export class Overtaken {
  readonly #shared: Shared

  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** The serial of the first purge since the holder's fetch was sent that would have removed `response`, if the policy minds that. */
  by({ inFlight }: Obligation, response: Purgeable): number | undefined {
    const { policy, purges } = this.#shared
    return policy.purgeGeneration ? purges.overtook(inFlight, response) : undefined
  }

  /** Whether the object was purged. A purge does not find an object that has left its slot, so the log is asked for such (T106). */
  isPurged({ fate, fields }: StoredObject, { inFlight }: Obligation): boolean {
    if (fate === 'purged' || fate === 'filed') return fate === 'purged'
    return this.#shared.purges.overtook(inFlight, fields) !== undefined
  }

  /** Whether a purge has overtaken `object`, and what is stored in its slot was fetched after that purge, and so is newer. */
  isOutrun(obligation: Obligation, object: StoredObject): boolean {
    const there = this.#shared.catalogue.inSlotOf(object)
    return there !== undefined && this.outruns(there, obligation, object.fields)
  }

  /** Whether a purge has overtaken `response`, and the object `there` was fetched after that purge. */
  outruns(there: StoredObject, obligation: Obligation, response: Purgeable): boolean {
    const purge = this.by(obligation, response)
    return purge !== undefined && there.isFromAfter(purge)
  }
}
