/** A stored object as one entry found it: nothing that happens later changes what it says (semantics 3.4, T66). */

import type { ResponseHead } from '../http/message.js'
import type { StoredBody } from '../store/body.js'
import type { StoredObject } from './object.js'

export class Snapshot {
  /** The object itself, for those who commit over it. */
  readonly source: StoredObject
  /** Age when the entry became ready. */
  readonly ageMs: number
  /** Answers it has given, this one included; 0 for one read back by the leader that stored it. */
  readonly hits: number

  constructor(source: StoredObject, ageMs: number, hits: number) {
    this.source = source
    this.ageMs = ageMs
    this.hits = hits
  }

  /** Whether freshness has ended, by age or by a soft purge. */
  get isPast(): boolean {
    return this.ageMs >= Math.min(this.maxAgeMs, this.source.staleAtMs ?? Number.POSITIVE_INFINITY)
  }

  get head(): ResponseHead {
    return this.source.fields.head
  }

  /** Take a reader and close the entry: bytes that the store cannot keep are freed as they are read only then. */
  get body(): StoredBody {
    return this.source.fields.body
  }

  get storedAtMs(): number {
    return this.source.fields.storedAtMs
  }

  get initialAgeMs(): number {
    return this.source.fields.initialAgeMs
  }

  /** The whole freshness lifetime, compared with an age that began at `initialAgeMs`; soft purges leave it alone. */
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
