/** One stored response: its head, its body, its lifetimes, and the age it has at a given time (semantics 3.4). */

import { hasValidator } from '../http/conditional.js'
import { type AgeClass, ageClass, type Timing } from '../http/freshness.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { VaryRule } from '../http/vary.js'
import type { StoredBody } from '../store/body.js'
import type { Purpose } from '../store/demand.js'
import type { Kept } from '../store/store.js'
import type { Loan } from './loan.js'
import type { Slot } from './slot.js'

/**
 * | fate | meaning |
 * |---|---|
 * | unfiled | not stored yet |
 * | filed | in its slot: lookups find it |
 * | replaced, evicted | gone from its slot; those who found it may still validate it |
 * | purged | gone because it must not be used any more: nothing brings it back |
 */
export type Fate = 'unfiled' | 'filed' | 'replaced' | 'evicted' | 'purged'

export interface ObjectFields {
  /** Grows with every commit and lookup: tells what came first where the clock cannot. */
  readonly serial: number
  readonly key: string
  readonly rule: VaryRule
  readonly variant: string
  /** See `chosenVariant`. */
  readonly chosenVariant: string | undefined
  readonly head: ResponseHead
  readonly body: StoredBody
  /** On the clock's own scale. */
  readonly storedAtMs: number
  readonly initialAgeMs: number
  readonly maxAgeMs: number
  readonly swrMs: number
  readonly sieMs: number
  readonly surrogateKeys: readonly string[]
  readonly sensitive: boolean
  /** See `WriteOptions`; only for requests that accept stale answers. */
  readonly forbidsStale: boolean
  readonly hits: number
}

/**
 * What an object weighs besides its texts and bytes: its records, its slot, its places in lists. Measured on Node 20,
 * 22 and 24.
 */
const RECORD_BYTES = 1500
/** What one field line weighs besides its two texts. */
const FIELD_BYTES = 88

/** What was stored never changes: an update makes a new object around the same body. What changes is where it is, and how it is used. */
export class StoredObject implements Kept {
  readonly kind = 'object'
  readonly fields: ObjectFields
  readonly headBytes: number
  /** While it is lent out, its hits are counted where every thread can. */
  loan: Loan | undefined = undefined
  /** The age at which a soft purge ended its freshness; windows count from there (semantics 12-3). */
  staleAtMs: number | undefined = undefined
  /** The serial of the purge that it was fetched before: only lookups from before that may take it for fresh. */
  overtakenAt: number | undefined = undefined
  /** Who asked for it, for as long as those who waited look whether they get it. */
  askedBy: RequestHead | undefined = undefined
  fate: Fate = 'unfiled'
  slot: Slot | undefined = undefined
  #hits: number

  constructor(fields: ObjectFields) {
    this.fields = fields
    this.#hits = fields.hits
    this.headBytes = weight(fields)
  }

  get body(): StoredBody {
    return this.fields.body
  }

  get surrogateKeys(): readonly string[] {
    return this.fields.surrogateKeys
  }

  get hits(): number {
    return this.loan?.hits ?? this.#hits
  }

  /** Counts a hit, and says which it was. */
  countHit(): number {
    return this.loan?.countHit() ?? ++this.#hits
  }

  /** Ends the loan here; `Loans` has ended it for everybody else. */
  endLoan(): void {
    this.#hits = this.hits
    this.loan = undefined
  }

  takeUnseenUse(): boolean {
    return this.loan?.takeUse() ?? false
  }

  /** Whether it is fresh as it is stored. */
  get isFreshWhenStored(): boolean {
    return this.fields.initialAgeMs < this.fields.maxAgeMs
  }

  ageAt(nowMs: number): number {
    const { initialAgeMs, storedAtMs } = this.fields
    return initialAgeMs + Math.max(0, nowMs - storedAtMs)
  }

  timingAt(nowMs: number): Timing {
    const { maxAgeMs, swrMs, sieMs } = this.fields
    return { ageMs: this.ageAt(nowMs), maxAgeMs, swrMs, sieMs, staleAtMs: this.staleAtMs }
  }

  classAt(nowMs: number): AgeClass {
    return ageClass(this.timingAt(nowMs))
  }

  /** A body without a declared length may have no end: one that could not even be validated is nothing to wait for. */
  purposeAt(nowMs: number): Purpose {
    if (this.fate !== 'filed') return 'not-kept'
    const { body, head } = this.fields
    const isBounded = body.length !== undefined
    const isOfUse = isBounded || this.classAt(nowMs) !== 'expired' || hasValidator(head)
    return isOfUse ? 'kept' : 'kept-until-read'
  }

  /** Whether it is fresh at that age, the last instant included: what has a lifetime of 0 is fresh for those who waited for it. */
  isFreshThrough(ageMs: number): boolean {
    return ageMs <= Math.min(this.fields.maxAgeMs, this.staleAtMs ?? Number.POSITIVE_INFINITY)
  }

  /** A purge overtook it on its way here: it comes as if softly purged, but for those who had asked before. */
  markOvertaken(serial: number): void {
    this.overtakenAt = serial
    this.purgeSoftly(this.fields.storedAtMs)
  }

  /**
   * Whether it was fetched, or validated, while a lookup of that serial waited, and no purge in between has ended its
   * freshness.
   */
  cameFor(serial: number): boolean {
    if (this.fields.serial <= serial) return false
    return this.staleAtMs === undefined || serial < (this.overtakenAt ?? 0)
  }

  /** A second soft purge does not move the first. */
  purgeSoftly(nowMs: number): void {
    this.staleAtMs ??= Math.min(this.fields.maxAgeMs, this.ageAt(nowMs))
  }
}

function weight({ key, head, surrogateKeys }: ObjectFields): number {
  let bytes = RECORD_BYTES + key.length
  for (const [name, value] of head.fields) bytes += FIELD_BYTES + name.length + value.length
  for (const surrogateKey of surrogateKeys) bytes += FIELD_BYTES + surrogateKey.length
  return bytes
}
