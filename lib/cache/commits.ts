/** What a leader does with its obligation: each operation changes the catalogue, ends the obligation, and releases the slot. */

import type { ResponseHead } from '../http/message.js'
import { chosenVariant } from '../http/selection.js'
import { variantOf, varyRule } from '../http/vary.js'
import type { BodyWriter } from '../store/body.js'
import type { Store } from '../store/store.js'
import type { Collapse } from './collapse.js'
import {
  type CommitOptions,
  checkCommitOptions,
  checkDuration,
  checkNames,
  type MarkOptions,
} from './commit-options.js'
import { classForAllWaiters } from './decide.js'
import { Entry, type EntryCalls } from './entry.js'
import { Marker } from './marker.js'
import { type ObjectFields, StoredObject } from './object.js'
import type { AbandonReason, Obligation } from './obligation.js'
import type { Shared } from './shared.js'
import type { Slot } from './slot.js'
import { Snapshot } from './snapshot.js'

/** What an update takes over from the object it validates. */
type KeptFields = Pick<ObjectFields, 'body' | 'rule' | 'surrogateKeys' | 'sensitive' | 'hits'>

const NONE: readonly string[] = []
const NEW: Omit<KeptFields, 'body'> = {
  rule: NONE,
  surrogateKeys: NONE,
  sensitive: false,
  hits: 0,
}

/**
 * How long a declined answer keeps lookups from waiting, unless the policy says: enough for a crowd to pass,
 * little enough that an origin which changes its mind is collapsed again soon.
 */
const DECLINED_MARK_MS = 1000

export class Commits implements EntryCalls {
  readonly #shared: Shared
  readonly #collapse: Collapse
  readonly #store: Store

  constructor(shared: Shared, collapse: Collapse, store: Store) {
    this.#shared = shared
    this.#collapse = collapse
    this.#store = store
  }

  insert(entry: Entry, head: ResponseHead, options: CommitOptions): { writer: BodyWriter; object: StoredObject } {
    const obligation = entry.obliged()
    checkCommitOptions(options)
    const { base, ...around } = this.#around(entry, options)
    const body = this.#store.openBody({ length: options.length, ...around })
    const object = this.#object(entry, head, options, { body, ...NEW })
    body.serve(() => object.purposeAt(this.#shared.clock.now()))
    if (base !== undefined && this.#isPurged(base, obligation)) this.#giveBack(obligation)
    else this.#insert(obligation, object)
    return { writer: body.writer, object }
  }

  update(entry: Entry, head: ResponseHead, options: CommitOptions): void {
    const { obligation, base, object } = this.#validated(entry, head, options)
    if (!this.#isPurged(base, obligation)) return this.#replace(obligation, base, object)
    this.#giveBack(obligation)
    throw entry.refuse('found an object that was purged meanwhile')
  }

  updateAndReturnFresh(entry: Entry, head: ResponseHead, options: CommitOptions): Entry {
    const { obligation, base, object } = this.#validated(entry, head, options)
    const fresh = this.readBack(entry, object, object.countHit())
    if (this.#isPurged(base, obligation)) this.#giveBack(obligation)
    else this.#replace(obligation, base, object)
    return fresh
  }

  chooseStale(entry: Entry): void {
    const obligation = entry.obliged()
    const { object, outcome } = entry
    if (object === undefined || outcome === 'lead' || object.body.phase === 'failed') {
      throw entry.refuse('has no stale object to choose')
    }
    const { source } = object
    this.#collapse.end(obligation)
    if (outcome === 'stale-lead') entry.settle('stale', object)
    else entry.settle('stale-if-error', new Snapshot(source, object.ageMs, source.countHit()))
    if (obligation.exclusivity === 'exclusive' && source.fate !== 'purged') {
      this.#collapse.wakeWithStale(obligation.slot, source)
    } else this.#collapse.wakeNext(obligation.slot)
    this.#shared.wakes.deliver()
  }

  recordNotCacheable(entry: Entry, options: MarkOptions): void {
    const obligation = entry.obliged()
    checkDuration('maxAgeMs', options.maxAgeMs)
    checkNames(options.varyNames)
    const rule = varyRule(options.varyNames ?? [])
    const { policy } = this.#shared
    const marker = new Marker(policy.markerMode, entry.key, rule, variantOf(rule, entry.request, policy), {
      markedAtMs: this.#shared.clock.now(),
      maxAgeMs: options.maxAgeMs,
    })
    this.#collapse.end(obligation)
    entry.settle('pass', undefined)
    this.#mark(marker, 'replace')
    if (obligation.exclusivity === 'together') this.#collapse.wakeNext(obligation.slot)
    else if (policy.markerMode === 'pass') this.#collapse.wakeToPass(obligation.slot)
    else this.#collapse.wakeTogether(obligation.slot)
    this.#shared.catalogue.keep(marker)
    this.#shared.wakes.deliver()
  }

  abandon(entry: Entry, reason: AbandonReason): void {
    const obligation = entry.obliged()
    const { policy } = this.#shared
    if (reason.because === 'declined' && policy.onDeclined === 'release-all') {
      const { markerSeconds } = policy
      this.#decline(obligation, markerSeconds === 'freshness' ? DECLINED_MARK_MS : markerSeconds * 1000)
    } else if (reason.because === 'failed' && policy.onFailed === 'share' && obligation.exclusivity === 'exclusive') {
      this.#collapse.end(obligation)
      this.#collapse.wakeToFail(obligation.slot, reason.error)
      this.#shared.wakes.deliver()
    } else this.#giveBack(obligation)
  }

  outdate(entry: Entry): void {
    const obligation = entry.obliged()
    const { catalogue, clock } = this.#shared
    if (entry.object !== undefined) catalogue.outdate(entry.object.source, clock.now())
    this.#giveBack(obligation)
  }

  fetchIsSent(entry: Entry): void {
    const obligation = entry.obliged()
    const { purges, nextSerial } = this.#shared
    obligation.inFlight.end()
    obligation.inFlight = purges.beginSend(nextSerial())
  }

  renewLease(entry: Entry): void {
    this.#collapse.renewLease(entry.obliged())
  }

  /** The entry is over, whatever it was doing. */
  closed(entry: Entry): void {
    this.#collapse.leave(entry)
    if (entry.obligation === undefined) this.#shared.wakes.deliver()
    else this.#giveBack(entry.obligation)
  }

  /** A new entry that has found `object`, beside those whom a lookup made. */
  readBack(entry: Entry, object: StoredObject, hits: number): Entry {
    const { initialAgeMs, maxAgeMs, serial, storedAtMs } = object.fields
    const { key, request, leaseMs } = entry
    const fresh = new Entry(this, {
      key,
      request,
      leaseMs,
      judge: undefined,
      madeBy: undefined,
      startMs: storedAtMs,
      serial,
    })
    fresh.settle(initialAgeMs > maxAgeMs ? 'stale' : 'hit', new Snapshot(object, initialAgeMs, hits))
    return fresh
  }

  #insert(obligation: Obligation, object: StoredObject): void {
    this.#shared.tally.inserts += 1
    this.#shared.observe.store?.(object.fields.key, 'insert')
    this.#commit(obligation, object)
  }

  /** The found object whose bytes go around those to be written, and these bytes. */
  #around(entry: Entry, { splice }: CommitOptions) {
    if (splice === undefined || splice.before + splice.after === 0) return { base: undefined }
    const base = entry.object?.source
    if (base === undefined) throw entry.refuse('found no object to complete')
    return { base, ...base.body.ends(splice) }
  }

  /** What `update` needs, or `BadHandleError` with nothing changed. */
  #validated(entry: Entry, head: ResponseHead, options: CommitOptions) {
    const obligation = entry.obliged()
    const base = entry.object?.source
    if (base === undefined) throw entry.refuse('found no object to update')
    if (base.body.phase !== 'complete') throw entry.refuse(`found an object whose body is ${base.body.phase}`)
    checkCommitOptions(options)
    const { body, rule, surrogateKeys, sensitive } = base.fields
    const kept = { body, rule, surrogateKeys, sensitive, hits: base.hits }
    const object = this.#object(entry, head, options, kept)
    return { obligation, base, object }
  }

  /** What had left its slot already, no purge could find there: it is not brought back either (T106). */
  #isPurged({ fate, fields }: StoredObject, { inFlight }: Obligation): boolean {
    if (fate === 'purged' || fate === 'filed') return fate === 'purged'
    return this.#shared.purges.overtook(inFlight, fields) !== undefined
  }

  #replace(obligation: Obligation, base: StoredObject, object: StoredObject): void {
    this.#shared.tally.updates += 1
    this.#shared.observe.store?.(object.fields.key, 'update')
    this.#shared.catalogue.unfile(base, 'replaced')
    this.#commit(obligation, object)
  }

  /** One atomic step and one wake-up (semantics 3.6-6); the bound is applied last, so that waiters get even what cannot be kept. */
  #commit(obligation: Obligation, object: StoredObject): void {
    const { catalogue, policy, purges, wakes } = this.#shared
    const purgedAt = policy.purgeGeneration ? purges.overtook(obligation.inFlight, object.fields) : undefined
    this.#collapse.end(obligation)
    const landed = catalogue.file(object)
    if (purgedAt !== undefined) object.markOvertaken(purgedAt)
    object.askedBy = obligation.holder.request
    this.#release(obligation.slot, landed, object)
    object.askedBy = undefined
    catalogue.keep(object)
    wakes.deliver()
  }

  /**
   * Where the object stays in the slot and serves nobody who waited, asking the first of them is enough: the rest wait on. Unless
   * something else came since they looked: what was stored under another rule may serve them.
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
    // What is for those alone who asked alike says that the next may be for one alone too: who does not get it waits no more.
    const together = policy.shareUnfresh === 'alike' && !object.isFreshWhenStored ? landed : undefined
    this.#collapse.wakeAll(from, together)
    if (landed !== from) this.#collapse.wakeAll(landed, together)
  }

  #decline(obligation: Obligation, markMs: number): void {
    const { slot, holder } = obligation
    this.#collapse.end(obligation)
    const markedAtMs = this.#shared.clock.now()
    const marker = new Marker('miss', holder.key, slot.under.rule, slot.variant, { markedAtMs, maxAgeMs: markMs })
    this.#mark(marker, 'beside')
    if (obligation.exclusivity === 'exclusive') this.#collapse.wakeTogether(slot)
    this.#shared.catalogue.keep(marker)
    this.#shared.wakes.deliver()
  }

  #mark(marker: Marker, over: 'replace' | 'beside'): void {
    this.#shared.catalogue.mark(marker, over)
    this.#shared.tally.marks += 1
    this.#shared.observe.mark?.(marker.key, marker.mode)
  }

  #giveBack(obligation: Obligation): void {
    this.#collapse.end(obligation)
    this.#collapse.wakeNext(obligation.slot)
    this.#shared.wakes.deliver()
  }

  /** `kept` stays where the options do not say otherwise. Field by field: of spread records each would have a shape of its own. */
  #object(entry: Entry, head: ResponseHead, options: CommitOptions, kept: KeptFields): StoredObject {
    const { clock, nextSerial, policy } = this.#shared
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
