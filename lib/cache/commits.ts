/** The operations on an entry: a commit changes the catalogue, ends the entry's obligation, and releases the slot's waiters. */

import type { ResponseHead } from '../http/message.js'
import { chosenVariant } from '../http/selection.js'
import { storableTrailers } from '../http/storage.js'
import { type VaryRule, variantOf, varyRule } from '../http/vary.js'
import type { BodyWriter } from '../store/body.js'
import { notKept } from '../store/demand.js'
import type { Store } from '../store/store.js'
import { oneMoreFailure } from './back-off.js'
import type { Collapse } from './collapse.js'
import { type AbandonReason, type CommitOptions, checkCommitOptions, type MarkOptions } from './commit-options.js'
import { classForAllWaiters } from './decide.js'
import { Entry, type EntryCalls } from './entry.js'
import type { Leaders } from './leaders.js'
import { Marks } from './marks.js'
import { type ObjectFields, StoredObject } from './object.js'
import { Overtaken } from './overtaken.js'
import type { Shared } from './shared.js'
import { Snapshot } from './snapshot.js'
import type { Obligation, Slot } from './variants.js'

/** The parts that an update takes over from the object that it validates. */
type KeptFields = Pick<ObjectFields, 'body' | 'rule' | 'surrogateKeys' | 'sensitive' | 'hits'>

const NONE: readonly string[] = []
const NEW: Omit<KeptFields, 'body'> = {
  rule: NONE,
  surrogateKeys: NONE,
  sensitive: false,
  hits: 0,
}

export class Commits implements EntryCalls {
  readonly #shared: Shared
  readonly #collapse: Collapse
  readonly #leaders: Leaders
  readonly #store: Store
  readonly #overtaken: Overtaken
  readonly #marks: Marks

  constructor(shared: Shared, collapse: Collapse, store: Store) {
    this.#shared = shared
    this.#collapse = collapse
    this.#leaders = collapse.leaders
    this.#store = store
    this.#overtaken = new Overtaken(shared)
    this.#marks = new Marks(shared, collapse, this.#overtaken)
  }

  insert(entry: Entry, head: ResponseHead, options: CommitOptions): { writer: BodyWriter; object: StoredObject } {
    const obligation = this.#leaders.obliged(entry)
    checkCommitOptions(options)
    const { base, ...around } = this.#around(entry, options)
    const body = this.#store.openBody({ length: options.length, ...around })
    const object = this.#object(entry, head, options, { body, ...NEW })
    object.isRefuted = entry.object?.source.isRefuted ?? false
    body.serve(notKept)
    if (base !== undefined && this.#overtaken.isPurged(base, obligation)) this.#giveBack(obligation)
    else this.#insert(obligation, object)
    return { writer: body.writer, object }
  }

  update(entry: Entry, head: ResponseHead, options: CommitOptions): void {
    const { obligation, base, object } = this.#validated(entry, head, options)
    if (!this.#overtaken.isPurged(base, obligation)) return this.#replace(obligation, base, object)
    this.#giveBack(obligation)
    throw entry.refuse('found an object that was purged meanwhile')
  }

  updateAndReturnFresh(entry: Entry, head: ResponseHead, options: CommitOptions): Entry {
    const { obligation, base, object } = this.#validated(entry, head, options)
    const fresh = this.readBack(entry, object, object.countHit())
    if (this.#overtaken.isPurged(base, obligation)) this.#giveBack(obligation)
    else this.#replace(obligation, base, object)
    return fresh
  }

  chooseStale(entry: Entry): void {
    const obligation = this.#leaders.obliged(entry)
    const { object, outcome } = entry
    if (object === undefined || outcome === 'lead' || object.body.phase === 'failed') {
      throw entry.refuse('has no stale object to choose')
    }
    const { source } = object
    const isPurged = this.#overtaken.isPurged(source, obligation)
    this.#leaders.end(obligation)
    if (outcome === 'stale-lead') entry.settle('stale', object)
    else entry.settle('stale-if-error', new Snapshot(source, object.ageMs, source.countHit()))
    if (obligation.exclusivity === 'exclusive' && !isPurged) {
      this.#collapse.wakeWithStale(obligation.slot, source)
    } else this.#collapse.wakeNext(obligation.slot)
    this.#shared.wakes.deliver()
  }

  recordNotCacheable(entry: Entry, options: MarkOptions): void {
    this.#marks.record(entry, options)
  }

  abandon(entry: Entry, reason: AbandonReason): void {
    const obligation = this.#leaders.obliged(entry)
    const { policy } = this.#shared
    this.#countFailures(obligation, reason)
    if (reason.because === 'declined' && policy.onDeclined === 'release-all') {
      this.#marks.decline(obligation)
    } else if (reason.because === 'failed' && policy.onFailed === 'share' && obligation.exclusivity === 'exclusive') {
      this.#leaders.end(obligation)
      this.#collapse.wakeToFail(obligation.slot, reason.error)
      this.#shared.wakes.deliver()
    } else this.#giveBack(obligation)
  }

  outdate(entry: Entry): void {
    const obligation = this.#leaders.obliged(entry)
    const { catalogue, clock } = this.#shared
    const found = entry.object?.source
    if (found === undefined || this.#overtaken.outruns(found, obligation, found.fields)) return
    catalogue.outdate(found, clock.now())
  }

  fetchIsSent(entry: Entry): void {
    const obligation = this.#leaders.obliged(entry)
    const { purges, nextSerial } = this.#shared
    const found = entry.object?.source
    // The log is asked for the purges of the time before the send here, because it forgets them now.
    if (found !== undefined && this.#overtaken.isPurged(found, obligation)) found.fate = 'purged'
    obligation.inFlight.end()
    obligation.inFlight = purges.beginSend(nextSerial())
  }

  renewLease(entry: Entry): void {
    this.#leaders.leases.renew(this.#leaders.obliged(entry))
  }

  /** Ends an entry in any state: takes it out of its queue, or gives its obligation back. */
  closed(entry: Entry): void {
    this.#collapse.leave(entry)
    const obligation = this.#leaders.of(entry)
    if (obligation === undefined) this.#shared.wakes.deliver()
    else this.#giveBack(obligation)
  }

  waitsFor(entry: Entry): Entry | undefined {
    return this.#collapse.waiters.slotOf(entry)?.leader?.holder
  }

  variedBy(entry: Entry): VaryRule | undefined {
    const rule = this.#leaders.of(entry)?.slot.under.rule
    return rule?.length === 0 ? undefined : rule
  }

  /** A new entry that has found `object`, made without a lookup. */
  readBack(entry: Entry, object: StoredObject, hits: number): Entry {
    const { initialAgeMs, maxAgeMs, serial, storedAtMs } = object.fields
    const { key, request, lease } = entry
    const fresh = new Entry(this, {
      key,
      request,
      lease,
      judge: undefined,
      madeBy: undefined,
      startMs: storedAtMs,
      serial,
    })
    fresh.settle(initialAgeMs > maxAgeMs ? 'stale' : 'hit', new Snapshot(object, initialAgeMs, hits))
    return fresh
  }

  #insert(obligation: Obligation, object: StoredObject): void {
    if (this.#overtaken.isOutrun(obligation, object)) return this.#giveBack(obligation)
    this.#shared.tally.inserts += 1
    this.#shared.observe.store?.(object.key, 'insert')
    this.#commit(obligation, object)
  }

  /** For an insert that completes a stored part: that part, and its bytes before and after the new ones. */
  #around(entry: Entry, { splice }: CommitOptions) {
    if (splice === undefined || splice.before + splice.after === 0) return { base: undefined }
    const base = entry.object?.source
    if (base === undefined) throw entry.refuse('found no object to complete')
    return { base, ...base.body.ends(splice) }
  }

  /** The object that an update stores, and the object that it replaces. Throws `BadHandleError` if there is none to update. */
  #validated(entry: Entry, head: ResponseHead, options: CommitOptions) {
    const obligation = this.#leaders.obliged(entry)
    const base = entry.object?.source
    if (base === undefined) throw entry.refuse('found no object to update')
    if (base.body.phase !== 'complete') throw entry.refuse(`found an object whose body is ${base.body.phase}`)
    checkCommitOptions(options)
    const { body, rule, surrogateKeys, sensitive } = base.fields
    const kept = { body, rule, surrogateKeys, sensitive, hits: base.hits }
    const object = this.#object(entry, head, options, kept)
    return { obligation, base, object }
  }

  #replace(obligation: Obligation, base: StoredObject, object: StoredObject): void {
    if (this.#overtaken.isOutrun(obligation, object)) return this.#giveBack(obligation)
    this.#shared.tally.updates += 1
    this.#shared.observe.store?.(object.key, 'update')
    this.#shared.catalogue.unfile(base, 'replaced')
    this.#commit(obligation, object)
  }

  /** One atomic step, one wake-up (semantics 3.6-6). The store's bound comes last: waiters get even an object that it evicts. */
  #commit(obligation: Obligation, object: StoredObject): void {
    const { catalogue, clock, wakes } = this.#shared
    const purgedAt = this.#overtaken.by(obligation, object.fields)
    this.#leaders.end(obligation)
    const landed = catalogue.file(object)
    object.body.serve(() => object.purposeAt(clock.now()))
    landed.variants.failures = undefined
    if (purgedAt !== undefined) object.markOvertaken(purgedAt)
    object.askedBy = obligation.holder.request
    this.#release(obligation.slot, landed, object)
    object.askedBy = undefined
    catalogue.keep(object)
    wakes.deliver()
  }

  /**
   * Releases the waiters after a commit. If the object is filed in their own slot and serves none of them, only the first is looked
   * up, and the rest wait on. That would be wrong if something else came to the key since they were last looked up: an object under
   * another rule may serve them.
   */
  #release(from: Slot, landed: Slot, object: StoredObject): void {
    const { policy } = this.#shared
    const ageClass = classForAllWaiters(object, policy)
    const servesNobody = landed === from && (ageClass === 'sie' || ageClass === 'expired')
    const { rules, arrivals } = from.variants
    if (servesNobody && (rules.length === 1 || from.arrivalsSeen === arrivals - 1)) {
      from.arrivalsSeen = arrivals
      return this.#collapse.wakeNext(from)
    }
    // This response serves only requests that are alike, and the next one may too: waiters that it does not serve lead at once.
    const together = policy.shareUnfresh === 'alike' && !object.isFreshWhenStored ? landed : undefined
    this.#collapse.wakeAll(from, together)
    if (landed !== from) this.#collapse.wakeAll(landed, together)
  }

  /** Counts a failure of the fetch behind a stale answer. A declined response is none: the origin has answered. */
  #countFailures({ holder, slot: { variants } }: Obligation, { because }: AbandonReason): void {
    if (because === 'declined') variants.failures = undefined
    else if (because !== 'left' && holder.outcome === 'stale-lead')
      variants.failures = oneMoreFailure(variants.failures, this.#shared.clock.now())
  }

  #giveBack(obligation: Obligation): void {
    this.#leaders.end(obligation)
    this.#collapse.wakeNext(obligation.slot)
    this.#shared.wakes.deliver()
  }

  /** A new object; `kept` stands in for options left out. Written field by field: each spread record would have its own shape. */
  #object(entry: Entry, head: ResponseHead, options: CommitOptions, kept: KeptFields): StoredObject {
    const { clock, nextSerial, policy } = this.#shared
    kept.body.limitTrailers((trailers) => storableTrailers(trailers, head, policy))
    const rule = options.varyNames === undefined ? kept.rule : varyRule(options.varyNames)
    return new StoredObject({
      serial: nextSerial(),
      key: entry.key,
      rule,
      variant: variantOf(rule, entry.request, policy),
      chosenVariant: chosenVariant(rule, entry.request, head, policy),
      head,
      body: kept.body,
      storedAtMs: clock.now(),
      initialAgeMs: options.initialAgeMs ?? 0,
      maxAgeMs: options.maxAgeMs,
      swrMs: options.staleWhileRevalidateMs ?? 0,
      sieMs: options.staleIfErrorMs ?? 0,
      surrogateKeys: options.surrogateKeys ?? kept.surrogateKeys,
      sensitive: options.sensitive ?? kept.sensitive,
      forbidsStale: options.forbidsStale ?? false,
      hits: kept.hits,
    })
  }
}
