/** A stored object as one entry found it: later events do not change its age and hits (semantics 3.4, T66). */

import type { ResponseHead } from '../http/message.js'
import type { StoredBody } from '../store/body.js'
import type { StoredObject } from './object.js'

export class Snapshot {
  constructor(
    /** The object itself, for commits that replace it. */
    readonly source: StoredObject,
    /** The age when the entry became ready. */
    readonly ageMs: number,
    /** The number of answers that the object has given, including this entry's, if it answers; 0 if an insert is read back. */
    readonly hits: number,
  ) {}

  /** Whether freshness has ended, by age or by a soft purge. */
  get isPast(): boolean {
    return this.ageMs >= Math.min(this.maxAgeMs, this.source.staleAtMs ?? Number.POSITIVE_INFINITY)
  }

  get head(): ResponseHead {
    return this.source.fields.head
  }

  /** Take a reader, then close the entry: only then are bytes that the store cannot keep freed as they are read. */
  get body(): StoredBody {
    return this.source.fields.body
  }

  get storedAtMs(): number {
    return this.source.fields.storedAtMs
  }

  get initialAgeMs(): number {
    return this.source.fields.initialAgeMs
  }

  /** The whole freshness lifetime, which the age, starting at `initialAgeMs`, is compared with. Soft purges do not change it. */
  get maxAgeMs(): number {
    return this.source.fields.maxAgeMs
  }

  get swrMs(): number {
    return this.source.fields.swrMs
  }

  get sieMs(): number {
    return this.source.fields.sieMs
  }

  get varyNames(): readonly string[] {
    return this.source.fields.rule
  }

  get surrogateKeys(): readonly string[] {
    return this.source.fields.surrogateKeys
  }

  get sensitive(): boolean {
    return this.source.fields.sensitive
  }
}
