/** Request collapsing: decides which lookup leads and which wait, and releases waiters in the order they came. */

import { TimeoutError } from '../base/errors.js'
import { nothingToUndo, type Undo } from '../base/undo.js'
import type { Policy } from '../http/policy.js'
import { canAnswer } from '../http/stored-part.js'
import { decide, type Verdict } from './decide.js'
import type { Entry } from './entry.js'
import { Leaders, type NewObligation } from './leaders.js'
import type { StoredObject } from './object.js'
import type { LookupOutcome } from './outcome.js'
import type { InFlightSend } from './purge-log.js'
import type { Shared } from './shared.js'
import { Snapshot } from './snapshot.js'
import type { Obligation, Slot } from './variants.js'
import { closesWaitCycle } from './wait-cycle.js'
import { Waiters } from './waiters.js'

export class Collapse {
  readonly #shared: Shared
  readonly leaders: Leaders
  readonly waiters = new Waiters()

  constructor(shared: Shared) {
    this.#shared = shared
    this.leaders = new Leaders(shared, (obligation) => this.#lapse(obligation))
  }

  /** Decides a new lookup: it answers, leads, waits or passes. */
  admit(entry: Entry, waitTimeoutMs: number | undefined): void {
    const nowMs = this.#shared.clock.now()
    const verdict = this.#decide(entry, nowMs)
    if (verdict.do === 'wait') this.#collapse(entry, verdict, waitTimeoutMs)
    this.#apply(entry, verdict, nowMs)
  }

  /** See `Transactions.claim`. Returns whether the entry got an obligation. */
  claim(entry: Entry, inFlight: InFlightSend): boolean {
    const { catalogue, policy, clock } = this.#shared
    // A time at which no lease has run out: a leader with an expired lease still counts.
    const verdict = decide(catalogue.find(entry.key), entry, policy, Number.NEGATIVE_INFINITY)
    if (verdict.do !== 'lead') return false
    const nowMs = clock.now()
    this.leaders.oblige(entry, { slot: this.#slotFor(entry, verdict), as: verdict.exclusivity, inFlight }, nowMs)
    entry.settle(verdict.outcome, seenAt(verdict.object, nowMs))
    return true
  }

  /**
   * Looks waiters up again, first come first served, until the slot has a leader or no waiter is left. If a waiter finds something
   * better than an obligation, it uses that, and the next waiter is looked up (semantics 3.5-5, 3.5-7).
   */
  wakeNext(slot: Slot): void {
    const nowMs = this.#shared.clock.now()
    while (slot.leader === undefined) {
      const entry = slot.waiters.first
      if (entry === undefined) break
      this.waiters.dequeue(entry)
      this.#apply(entry, this.#decide(entry, nowMs), nowMs)
    }
    this.leaders.leases.stopIfIdle(slot)
    this.#shared.catalogue.tidy(slot)
  }

  /** Looks all waiters up again; those that must wait on keep their order. In the slot `together`, leaders lead side by side. */
  wakeAll(slot: Slot, together?: Slot): void {
    const nowMs = this.#shared.clock.now()
    slot.arrivalsSeen = slot.variants.arrivals
    for (const entry of this.waiters.dequeueAll(slot)) {
      const verdict = this.#decide(entry, nowMs)
      if (verdict.do === 'lead' && together !== undefined && verdict.slot === together)
        this.#grant(entry, { slot: together, verdict, as: 'together' }, nowMs)
      else this.#apply(entry, verdict, nowMs)
    }
    this.leaders.leases.stopIfIdle(slot)
    this.#shared.catalogue.tidy(slot)
  }

  /** Looks all waiters up again. None waits any more: each that finds no answer leads, side by side with the others. */
  wakeTogether(slot: Slot): void {
    const nowMs = this.#shared.clock.now()
    for (const entry of this.waiters.dequeueAll(slot)) {
      const verdict = this.#decide(entry, nowMs)
      if (verdict.do === 'lead' || verdict.do === 'wait') this.#grant(entry, { slot, verdict, as: 'together' }, nowMs)
      else this.#apply(entry, verdict, nowMs)
    }
    this.#shared.catalogue.tidy(slot)
  }

  /** Sends all waiters past the cache. */
  wakeToPass(slot: Slot): void {
    for (const entry of this.waiters.dequeueAll(slot)) this.#settle(entry, 'pass', undefined)
    this.#shared.catalogue.tidy(slot)
  }

  /** Answers all waiters with the stale object that their leader chose. A waiter that may not use it is looked up again. */
  wakeWithStale(slot: Slot, object: StoredObject): void {
    const { clock, policy } = this.#shared
    const nowMs = clock.now()
    for (const entry of this.waiters.dequeueAll(slot)) {
      if (isStaleAnswer(object, entry, policy)) this.#answerWith(entry, 'stale-if-error', object, nowMs)
      else this.#apply(entry, this.#decide(entry, nowMs), nowMs)
    }
    this.#shared.catalogue.tidy(slot)
  }

  /** Fails all waiters as their leader failed (`onFailed`), except those that can answer, pass, or fall back to a stale object. */
  wakeToFail(slot: Slot, error: unknown): void {
    const nowMs = this.#shared.clock.now()
    for (const entry of this.waiters.dequeueAll(slot)) {
      const verdict = this.#decide(entry, nowMs)
      const stale = 'object' in verdict ? verdict.object : undefined
      if (verdict.do === 'use' || verdict.do === 'pass') this.#apply(entry, verdict, nowMs)
      else if (verdict.outcome !== 'lead' && stale !== undefined)
        this.#answerWith(entry, 'stale-if-error', stale, nowMs)
      else this.fail(entry, error)
    }
    this.#shared.catalogue.tidy(slot)
  }

  /** Fails a lookup. The other waiters of its queue go on waiting. */
  fail(entry: Entry, error: unknown): void {
    this.leave(entry)
    entry.fail(error)
    this.#shared.tally.failed += 1
    this.#shared.observe.fail?.(entry, error)
    this.#shared.wakes.add(entry)
  }

  /** Takes an entry out of its queue and stops its timer, because it waits no more. */
  leave(entry: Entry): void {
    const slot = this.waiters.end(entry)
    if (slot === undefined) return
    this.leaders.leases.stopIfIdle(slot)
    this.#shared.catalogue.tidy(slot)
  }

  /** Waiters released together pass the same `nowMs`, so that they find the same ages and can share a head. */
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
    if (as === 'exclusive' && slot.leader !== undefined) this.leaders.revoke(slot.leader)
    const obligation = this.leaders.oblige(entry, { slot, as, inFlight: purges.beginSend(nextSerial()) }, nowMs)
    entry.known = slot.variants.holdsObjects ? 'key' : 'nothing'
    tally.led += 1
    if (entry.collapsed) {
      tally.promoted += 1
      observe.promote?.(entry)
    } else observe.lead?.(entry)
    if (verdict.outcome === 'stale-lead' && verdict.object !== undefined) {
      this.#answerWith(entry, verdict.outcome, verdict.object, nowMs)
    } else this.#settle(entry, verdict.outcome, seenAt(verdict.object, nowMs))
    if (slot.leader === obligation && slot.waiters.size > 0) this.leaders.leases.watch(obligation)
  }

  /** Answers an entry with an object, which counts one hit (semantics 4.4). */
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
    this.waiters.end(entry)
    if (found !== undefined && entry.leads === undefined) observe.share?.(entry)
    wakes.add(entry)
  }

  #collapse(entry: Entry, verdict: Finding, waitTimeoutMs: number | undefined): void {
    const { observe, tally } = this.#shared
    entry.collapse(verdict.outcome === 'lead-if-error' ? verdict.object : undefined)
    tally.collapsed += 1
    observe.collapse?.(entry)
    this.waiters.begin(entry, this.#failAfter(waitTimeoutMs, entry))
  }

  /** Fails a lookup when it has waited so long; never, without a time. Returns the undo. */
  #failAfter(waitTimeoutMs: number | undefined, entry: Entry): Undo {
    if (waitTimeoutMs === undefined) return nothingToUndo
    return this.#shared.clock.setTimer(waitTimeoutMs, () => {
      this.fail(entry, new TimeoutError(waitTimeoutMs, 'the fetch this lookup waits for gave no answer'))
      this.#shared.wakes.deliver()
    })
  }

  #joinQueue(entry: Entry, leader: Obligation): void {
    this.waiters.enqueue(entry, leader.slot)
    this.leaders.leases.watch(leader)
  }

  /** Called when a leader's lease has run out while an entry waits for it. */
  #lapse(obligation: Obligation): void {
    this.leaders.revoke(obligation)
    obligation.holder.lease.hasLapsed = true
    this.wakeNext(obligation.slot)
    this.#shared.wakes.deliver()
  }
}

function seenAt(object: StoredObject | undefined, nowMs: number): Snapshot | undefined {
  return object && new Snapshot(object, object.ageAt(nowMs), object.hits)
}

/**
 * Whether a waiter may answer with the stale object that its leader chose. The response allows that to every waiter. A directive of
 * the request (RFC 5861 4) allows it to that request alone, whose lookup then has a fallback.
 */
function isStaleAnswer({ fields }: StoredObject, entry: Entry, policy: Policy): boolean {
  const { head, swrMs, sieMs } = fields
  return canAnswer(entry.request, head, policy) && (entry.fallback !== undefined || swrMs + sieMs > 0)
}

/** The verdict of a lookup that leads or waits, with the object to validate or to fall back to. */
type Finding = Extract<Verdict, { do: 'lead' | 'wait' }>

/** A new obligation for a lookup, and the verdict that led to it. */
interface Grant extends Omit<NewObligation, 'inFlight'> {
  readonly verdict: Finding
}
