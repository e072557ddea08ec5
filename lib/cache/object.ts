/** One stored response: its head, its body, its lifetimes, and its age at a given time (semantics 3.4). */

import { hasValidator } from '../http/conditional.js'
import { type AgeClass, ageClass, type Timing } from '../http/freshness.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { VaryRule } from '../http/vary.js'
import type { StoredBody } from '../store/body.js'
import type { Purpose } from '../store/demand.js'
import type { Kept } from '../store/store.js'
import type { Loan } from './loan.js'

/**
 * | fate | meaning |
 * |---|---|
 * | unfiled | not stored yet |
 * | filed | in the slot of its key, rule and variant: lookups find it |
 * | replaced, evicted | gone from its slot; a leader that found it may still validate it |
 * | purged | gone because it must not be used any more: it is never stored again |
 */
export type Fate = 'unfiled' | 'filed' | 'replaced' | 'evicted' | 'purged'

export interface ObjectFields {
  /** Its place in the order of all lookups, commits, sends and purges, where clock times may be equal. */
  readonly serial: number
  readonly key: string
  readonly rule: VaryRule
  readonly variant: string
  /** See `chosenVariant`. */
  readonly chosenVariant: string | undefined
  readonly head: ResponseHead
  readonly body: StoredBody
  /** When it was stored, on the clock's own scale. */
  readonly storedAtMs: number
  readonly initialAgeMs: number
  readonly maxAgeMs: number
  readonly swrMs: number
  readonly sieMs: number
  readonly surrogateKeys: readonly string[]
  readonly sensitive: boolean
  /** See `WriteOptions`. Matters only to requests that accept stale answers. */
  readonly forbidsStale: boolean
  readonly hits: number
}

/**
 * What an object weighs besides its texts and its body: its records, its slot, its places in lists. Measured on Node 20, 22 and 24.
 */
const RECORD_BYTES = 1500
/** What one field line weighs besides its two texts. */
const FIELD_BYTES = 88

/** The stored fields never change: an update makes a new object around the same body. Only its place and its use change. */
export class StoredObject implements Kept {
  readonly kind = 'object'
  readonly fields: ObjectFields
  readonly headBytes: number
  /** While the object is lent, its hits are counted in shared memory, where every thread can count. */
  loan: Loan | undefined = undefined
  /** The age at which a soft purge ended its freshness; windows count from there (semantics 12-3). */
  staleAtMs: number | undefined = undefined
  /** The serial of the purge that overtook the object's fetch: only lookups from before that purge may take the object as fresh. */
  overtakenAt: number | undefined = undefined
  /** The leader's request, set only while the waiters are looked up again (`shareUnfresh: 'alike'`). */
  askedBy: RequestHead | undefined = undefined
  /** Whether the origin has answered its validators, or those of the object before it, with a 304 for something else. */
  isRefuted = false
  fate: Fate = 'unfiled'
  #hits: number

  constructor(fields: ObjectFields) {
    this.fields = fields
    this.#hits = fields.hits
    this.headBytes = weight(fields)
  }

  get key(): string {
    return this.fields.key
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

  /** Counts a hit, and returns its number. */
  countHit(): number {
    return this.loan?.countHit() ?? ++this.#hits
  }

  /** Takes the count of hits back from the loan. `Loans` has ended the loan for the other threads already. */
  endLoan(): void {
    this.#hits = this.hits
    this.loan = undefined
  }

  /** Whether other threads or the host counted hits on the loan since the last call. */
  takeUnseenUse(): boolean {
    return this.loan?.takeUse() ?? false
  }

  /** Whether the object was fresh when it was stored. */
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

  /** What the body of a filed object is written for. A body without a length may be endless: it is kept only if it is of use to later requests. */
  purposeAt(nowMs: number): Purpose {
    const { body, head } = this.fields
    const isBounded = body.length !== undefined
    const isOfUse = isBounded || this.classAt(nowMs) !== 'expired' || hasValidator(head)
    return isOfUse ? 'kept' : 'kept-until-read'
  }

  /** Whether the object is fresh at that age, including the last instant: a lifetime of 0 is fresh for the object's waiters. */
  isFreshThrough(ageMs: number): boolean {
    return ageMs <= Math.min(this.fields.maxAgeMs, this.staleAtMs ?? Number.POSITIVE_INFINITY)
  }

  /** A purge overtook the object's fetch: the object counts as softly purged, except for lookups from before the purge. */
  markOvertaken(serial: number): void {
    this.overtakenAt = serial
    this.purgeSoftly(this.fields.storedAtMs)
  }

  /** Whether the object was fetched after the hard purge with that serial. */
  isFromAfter(purge: number): boolean {
    return this.fields.serial > purge && this.overtakenAt === undefined
  }

  /**
   * Whether the object was fetched or validated while the lookup with that serial waited. Not if a soft purge has ended its
   * freshness since, and not if the lookup began after the hard purge that overtook the object's fetch.
   */
  cameFor(serial: number): boolean {
    if (this.fields.serial <= serial) return false
    return this.staleAtMs === undefined || serial < (this.overtakenAt ?? 0)
  }

  /** Ends freshness now. A second soft purge does not move the first. */
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
