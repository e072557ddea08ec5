/** Who leads and who waits: lookups are let in, obligations granted and taken back, waiters released in the order they came. */

import { TimeoutError } from '../base/errors.js'
import { must } from '../base/self-check.js'
import type { Policy } from '../http/policy.js'
import { canAnswer } from '../http/stored-part.js'
import { decide, type Verdict } from './decide.js'
import type { Entry } from './entry.js'
import { Leases } from './leases.js'
import type { StoredObject } from './object.js'
import { type Exclusivity, Obligation } from './obligation.js'
import type { LookupOutcome } from './outcome.js'
import type { InFlightSend } from './purge-log.js'
import type { Shared } from './shared.js'
import type { Slot } from './slot.js'
import { Snapshot } from './snapshot.js'
import { closesWaitCycle } from './wait-cycle.js'

export class Collapse {
  readonly #shared: Shared
  readonly #leases: Leases
  readonly obligations = new Set<Obligation>()
  /** All entries that wait. */
  readonly waiting = new Set<Entry>()

  constructor(shared: Shared) {
    this.#shared = shared
    this.#leases = new Leases(shared.clock, (obligation) => this.#lapse(obligation))
  }

  /** A new lookup. */
  admit(entry: Entry, waitTimeoutMs: number | undefined): void {
    const nowMs = this.#shared.clock.now()
    const verdict = this.#decide(entry, nowMs)
    if (verdict.do === 'wait') this.#collapse(entry, verdict, waitTimeoutMs)
    this.#apply(entry, verdict, nowMs)
  }

  /** `Transactions.claim`: whether the entry has an obligation now. */
  claim(entry: Entry, inFlight: InFlightSend): boolean {
    const { catalogue, policy, clock } = this.#shared
    // As at a time when no lease has run out.
    const verdict = decide(catalogue.find(entry.key), entry, policy, Number.NEGATIVE_INFINITY)
    if (verdict.do !== 'lead') return false
    const nowMs = clock.now()
    this.#oblige(entry, { slot: this.#slotFor(entry, verdict), as: verdict.exclusivity, inFlight }, nowMs)
    entry.settle(verdict.outcome, seenAt(verdict.object, nowMs))
    return true
  }

  /** The obligation ends here, whatever ended it; what becomes of the slot's waiters is the caller's next line. */
  end(obligation: Obligation): void {
    must(obligation.holder.obligation === obligation, '2.9-2: an obligation ends once')
    this.#leases.stop(obligation)
    obligation.inFlight.end()
    this.obligations.delete(obligation)
    obligation.holder.obligation = undefined
    if (obligation.exclusivity === 'exclusive') obligation.slot.leader = undefined
    else obligation.slot.together -= 1
  }

  /**
   * Waiters look again, first come first served, until one of them leads or none is left. One of them that finds
   * something better than an obligation takes it, and the next is asked (semantics 3.5-5, 3.5-7).
   */
  wakeNext(slot: Slot): void {
    const nowMs = this.#shared.clock.now()
    while (slot.leader === undefined) {
      const entry = slot.waiters.first
      if (entry === undefined) break
      this.#leaveQueue(entry)
      this.#apply(entry, this.#decide(entry, nowMs), nowMs)
    }
    this.#leases.stopIfIdle(slot)
    this.#shared.catalogue.tidy(slot)
  }

  /** All who wait look again; those who have to wait on keep their order. In the slot `together` nobody leads alone. */
  wakeAll(slot: Slot, together?: Slot): void {
    const nowMs = this.#shared.clock.now()
    slot.arrivalsSeen = slot.variants.arrivals
    for (const entry of this.#emptyQueue(slot)) {
      const verdict = this.#decide(entry, nowMs)
      if (verdict.do === 'lead' && together !== undefined && verdict.slot === together)
        this.#grant(entry, { slot: together, verdict, as: 'together' }, nowMs)
      else this.#apply(entry, verdict, nowMs)
    }
    this.#leases.stopIfIdle(slot)
    this.#shared.catalogue.tidy(slot)
  }

  /** Nobody waits for anybody any more: who finds nothing to answer with leads for itself. */
  wakeTogether(slot: Slot): void {
    const nowMs = this.#shared.clock.now()
    for (const entry of this.#emptyQueue(slot)) {
      const verdict = this.#decide(entry, nowMs)
      if (verdict.do === 'lead' || verdict.do === 'wait') this.#grant(entry, { slot, verdict, as: 'together' }, nowMs)
      else this.#apply(entry, verdict, nowMs)
    }
    this.#shared.catalogue.tidy(slot)
  }

  /** All who wait go on without the cache. */
  wakeToPass(slot: Slot): void {
    for (const entry of this.#emptyQueue(slot)) this.#settle(entry, 'pass', undefined)
    this.#shared.catalogue.tidy(slot)
  }

  /** All who wait answer with the object that a leader fell back to; whom it is no answer for looks again. */
  wakeWithStale(slot: Slot, object: StoredObject): void {
    const { clock, policy } = this.#shared
    const nowMs = clock.now()
    for (const entry of this.#emptyQueue(slot)) {
      if (isStaleAnswer(object, entry, policy)) this.#answerWith(entry, 'stale-if-error', object, nowMs)
      else this.#apply(entry, this.#decide(entry, nowMs), nowMs)
    }
    this.#shared.catalogue.tidy(slot)
  }

  /** All who wait share the failure, but who has something to answer with does (`onFailed`). */
  wakeToFail(slot: Slot, error: unknown): void {
    const nowMs = this.#shared.clock.now()
    for (const entry of this.#emptyQueue(slot)) {
      const verdict = this.#decide(entry, nowMs)
      const stale = 'object' in verdict ? verdict.object : undefined
      if (verdict.do === 'use' || verdict.do === 'pass') this.#apply(entry, verdict, nowMs)
      else if (verdict.outcome !== 'lead' && stale !== undefined)
        this.#answerWith(entry, 'stale-if-error', stale, nowMs)
      else this.fail(entry, error)
    }
    this.#shared.catalogue.tidy(slot)
  }

  /** The lookup failed; the line it stood in is not disturbed. */
  fail(entry: Entry, error: unknown): void {
    this.leave(entry)
    entry.fail(error)
    this.#shared.tally.failed += 1
    this.#shared.observe.fail?.(entry, error)
    this.#shared.wakes.add(entry)
  }

  /** An entry waits no more. */
  leave(entry: Entry): void {
    const slot = entry.waitsFor?.slot
    this.#leaveQueue(entry)
    this.#stopWaiting(entry)
    if (slot === undefined) return
    this.#leases.stopIfIdle(slot)
    this.#shared.catalogue.tidy(slot)
  }

  renewLease(obligation: Obligation): void {
    this.#leases.renew(obligation)
  }

  /** Those who are released together look at one moment: what they find is the same then, and is told as such. */
  #decide(entry: Entry, nowMs: number): Verdict {
    const { catalogue, policy } = this.#shared
    const verdict = decide(catalogue.find(entry.key), entry, policy, nowMs)
    if (verdict.do !== 'wait' || !closesWaitCycle(entry, verdict.leader.holder)) return verdict
    const { outcome, leader, object } = verdict
    return { do: 'lead', outcome, exclusivity: 'together', slot: leader.slot, object }
  }

  #apply(entry: Entry, verdict: Verdict, nowMs: number): void {
    switch (verdict.do) {
      case 'use':
        return this.#answerWith(entry, verdict.outcome, verdict.object, nowMs)
      case 'pass':
        return this.#settle(entry, 'pass', undefined)
      case 'wait':
        return this.#joinQueue(entry, verdict.leader)
      case 'lead':
        return this.#grant(entry, { slot: this.#slotFor(entry, verdict), verdict, as: verdict.exclusivity }, nowMs)
    }
  }

  #slotFor(entry: Entry, { slot }: Extract<Verdict, { do: 'lead' }>): Slot {
    return slot ?? this.#shared.catalogue.openFor(entry.key, entry.request)
  }

  #grant(entry: Entry, { slot, verdict, as }: Grant, nowMs: number): void {
    const { nextSerial, observe, purges, tally } = this.#shared
    if (as === 'exclusive' && slot.leader !== undefined) this.#revoke(slot.leader)
    const obligation = this.#oblige(entry, { slot, as, inFlight: purges.beginSend(nextSerial()) }, nowMs)
    tally.led += 1
    if (entry.collapsed) {
      tally.promoted += 1
      observe.promote?.(entry)
    } else observe.lead?.(entry)
    if (verdict.outcome === 'stale-lead' && verdict.object !== undefined) {
      this.#answerWith(entry, verdict.outcome, verdict.object, nowMs)
    } else this.#settle(entry, verdict.outcome, seenAt(verdict.object, nowMs))
    if (slot.leader === obligation && slot.waiters.size > 0) this.#leases.watch(obligation)
  }

  #oblige(entry: Entry, { slot, as, inFlight }: NewObligation, nowMs: number): Obligation {
    const obligation = new Obligation(slot, entry, as, inFlight, entry.leaseMs, nowMs)
    this.obligations.add(obligation)
    entry.obligation = obligation
    if (as === 'exclusive') slot.leader = obligation
    else slot.together += 1
    return obligation
  }

  /** An entry answers with an object; that counts as one hit (semantics 4.4). */
  #answerWith(entry: Entry, outcome: LookupOutcome, object: StoredObject, nowMs: number): void {
    const found = new Snapshot(object, object.ageAt(nowMs), object.countHit())
    this.#shared.catalogue.touch(object)
    this.#settle(entry, outcome, found)
  }

  #settle(entry: Entry, outcome: LookupOutcome, found: Snapshot | undefined): void {
    const { observe, tally, wakes } = this.#shared
    entry.settle(outcome, found)
    tally.outcomes[outcome] += 1
    if (!entry.collapsed) return
    this.#stopWaiting(entry)
    if (found !== undefined && entry.obligation === undefined) observe.share?.(entry)
    wakes.add(entry)
  }

  #collapse(entry: Entry, verdict: Finding, waitTimeoutMs: number | undefined): void {
    const { clock, observe, tally, wakes } = this.#shared
    entry.collapse(verdict.outcome === 'lead-if-error' ? verdict.object : undefined)
    this.waiting.add(entry)
    tally.collapsed += 1
    observe.collapse?.(entry)
    if (waitTimeoutMs === undefined) return
    entry.waitTimer = clock.setTimer(waitTimeoutMs, () => {
      this.fail(entry, new TimeoutError(waitTimeoutMs, 'the fetch this lookup waits for gave no answer'))
      wakes.deliver()
    })
  }

  #joinQueue(entry: Entry, leader: Obligation): void {
    const { slot } = leader
    entry.waitsFor = { slot, place: slot.waiters.join(entry) }
    this.#leases.watch(leader)
  }

  #leaveQueue(entry: Entry): void {
    entry.waitsFor?.place.leave()
    entry.waitsFor = undefined
  }

  #stopWaiting(entry: Entry): void {
    this.waiting.delete(entry)
    entry.waitTimer?.()
    entry.waitTimer = undefined
  }

  /** Empties the line before anyone in it looks again, so that those who must wait on line up anew in the same order. */
  #emptyQueue(slot: Slot): Entry[] {
    const line = [...slot.waiters]
    for (const entry of line) this.#leaveQueue(entry)
    return line
  }

  /** The lease of a leader has run out, and somebody waits for it. */
  #lapse(obligation: Obligation): void {
    this.#revoke(obligation)
    this.wakeNext(obligation.slot)
    this.#shared.wakes.deliver()
  }

  #revoke(obligation: Obligation): void {
    this.end(obligation)
    this.#shared.tally.lapsed += 1
    this.#shared.observe.lapse?.(obligation.holder)
  }
}

function seenAt(object: StoredObject | undefined, nowMs: number): Snapshot | undefined {
  return object && new Snapshot(object, object.ageAt(nowMs), object.hits)
}

/** Whose request alone allows a stale answer (RFC 5861 4) has found one to fall back to; what the response allows is for all. */
function isStaleAnswer({ fields }: StoredObject, entry: Entry, policy: Policy): boolean {
  const { head, swrMs, sieMs } = fields
  return canAnswer(entry.request, head, policy) && (entry.fallback !== undefined || swrMs + sieMs > 0)
}

/** What a lookup that leads or waits has found to validate or to fall back to. */
type Finding = Extract<Verdict, { do: 'lead' | 'wait' }>

/** An obligation that is given out. */
interface NewObligation {
  readonly slot: Slot
  readonly as: Exclusivity
  readonly inFlight: InFlightSend
}

/** One that a lookup is given, and why. */
interface Grant extends Omit<NewObligation, 'inFlight'> {
  readonly verdict: Finding
}
