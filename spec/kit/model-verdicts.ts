/** What an entry of the model does after its verdict: it uses the object, leads, waits, passes or fails. */

import type { Crowd } from './model-crowd.js'
import {
  ageAt,
  bare,
  type ModelEntry,
  type ModelInFlightSend,
  type ModelObject,
  type ModelPolicy,
  type Place,
  same,
  type Verdict,
} from './model-records.js'
import type { Shelf } from './model-shelf.js'
import { judge, type World } from './model-table.js'
import type { ModelTime } from './model-time.js'

export class Verdicts {
  readonly #crowd: Crowd
  readonly #shelf: Shelf
  readonly #time: ModelTime
  readonly #world: World
  #line = 0

  constructor(policy: ModelPolicy, crowd: Crowd, shelf: Shelf, time: ModelTime) {
    this.#crowd = crowd
    this.#shelf = shelf
    this.#time = time
    this.#world = { policy, shelf, isLed }
    function isLed(place: Place, by: 'a lease that holds' | 'any'): boolean {
      return (by === 'any' ? crowd.holderOf(place) : crowd.leaderOf(place, time.now)) !== undefined
    }
  }

  /** The verdict of its lookup by now. */
  of(entry: ModelEntry): Verdict {
    return judge(entry, this.#world)
  }

  give(entry: ModelEntry, verdict: Verdict, inFlight?: ModelInFlightSend): void {
    entry.waitsFor = undefined
    if (verdict.is === 'use') return this.use(entry, verdict.outcome, verdict.object)
    if (verdict.is === 'pass') return this.#ready(entry, 'pass', undefined)
    if (verdict.is === 'wait') {
      entry.collapsed = true
      entry.waitsFor = { ...bare(verdict.place), number: ++this.#line }
      return
    }
    const lapsed = verdict.exclusive ? this.#crowd.holderOf(verdict.place) : undefined
    if (lapsed !== undefined) lapsed.duty = undefined
    const { place, exclusive } = verdict
    this.#shelf.know(place)
    const sent = inFlight ?? { order: this.#time.next(), ownPurgeSerial: Number.POSITIVE_INFINITY }
    entry.duty = { ...bare(place), exclusive, inFlight: sent, leaseEnd: this.#time.now + entry.lease }
    if (verdict.outcome === 'stale-lead' && verdict.object) this.use(entry, verdict.outcome, verdict.object)
    else this.#ready(entry, verdict.outcome, verdict.object)
  }

  /** Without waiting: an entry that would lead or wait leads beside the others. */
  giveAlone(entry: ModelEntry, place: Place): void {
    const verdict = this.of(entry)
    if (verdict.is === 'use' || verdict.is === 'pass') this.give(entry, verdict)
    else this.give(entry, { ...verdict, is: 'lead', place, exclusive: false })
  }

  /** First come, first served, until an entry leads again. */
  next(place: Place): void {
    while (this.#crowd.holderOf(place) === undefined) {
      const [first] = this.#crowd.waitingAt(place)
      if (first === undefined) return
      this.give(first, this.of(first))
    }
  }

  /**
   * Who waits at `place` stands in no line any more, and looks again; whoever is not to have `came`, which is for those alone who
   * ask alike, leads beside the others.
   */
  release(place: Place, came: ModelObject): void {
    const waiters = this.#crowd.waitingAt(place)
    const forSome = this.#world.policy.shareUnfresh === 'alike' && came.initialAge >= came.maxAge
    for (const waiter of waiters) waiter.waitsFor = undefined
    for (const waiter of waiters) {
      const verdict = this.of(waiter)
      const beside = forSome && verdict.is === 'lead' && same(verdict.place, came)
      this.give(waiter, beside ? { ...verdict, exclusive: false } : verdict)
    }
  }

  use(entry: ModelEntry, outcome: string, object: ModelObject): void {
    object.hits += 1
    this.#ready(entry, outcome, object)
  }

  fail(entry: ModelEntry, why: string): void {
    entry.phase = 'failed'
    entry.outcome = why
    entry.waitsFor = undefined
  }

  #ready(entry: ModelEntry, outcome: string, object: ModelObject | undefined): void {
    entry.phase = 'ready'
    entry.outcome = outcome
    entry.waitsFor = undefined
    entry.found = object && { object, age: ageAt(object, this.#time.now), hits: object.hits }
  }
}
