/**
 * The cache transactions as semantics 3, 4 and 12 put them, as plainly as they can be written: flat lists, searched
 * from the start each time, everybody asked again after every commit. Shares no code with `lib/cache`. What lies where is the
 * shelf's, who leads and who waits the crowd's, what a lookup comes to the table's, and what that does the verdicts'.
 */

import { Crowd } from './model-crowd.js'
import { Purges } from './model-purges.js'
import {
  aimedAt,
  bare,
  type Duty,
  type ModelEntry,
  type ModelInFlightSend,
  type ModelObject,
  type ModelOptions,
  type ModelPolicy,
  type ModelReason,
  type ModelTarget,
  outdate,
  placeOf,
  type Request,
  same,
  wordsOf,
} from './model-records.js'
import { Shelf } from './model-shelf.js'
import { ModelTime } from './model-time.js'
import { Verdicts } from './model-verdicts.js'

export class Model {
  readonly #crowd = new Crowd()
  readonly #policy: ModelPolicy
  readonly purges: Purges
  readonly #shelf = new Shelf()
  readonly #time = new ModelTime()
  readonly #verdicts: Verdicts

  constructor(policy: ModelPolicy) {
    this.#policy = policy
    this.purges = new Purges(this.#time)
    this.#verdicts = new Verdicts(policy, this.#crowd, this.#shelf, this.#time)
  }

  get entries(): ModelEntry[] {
    return this.#crowd.entries
  }

  get stats() {
    return {
      objects: this.#shelf.objects.length,
      markers: this.#shelf.marks.length,
      obligations: this.#crowd.duties.length,
      waiting: this.#crowd.waiting.length,
      rememberedPurges: this.purges.remembered(this.#crowd.duties),
    }
  }

  lookup(key: string, request: Request, lease: number, timeout: number): ModelEntry {
    const entry = this.#entry(key, request, lease, timeout)
    this.entries.push(entry)
    const verdict = this.#verdicts.of(entry)
    if (verdict.is === 'wait' && verdict.outcome === 'lead-if-error') entry.fallback = verdict.object
    this.#verdicts.give(entry, verdict)
    this.#shelf.sweep(this.#crowd.duties)
    return entry
  }

  insert(entry: ModelEntry, id: number, options: ModelOptions, bytes: number): ModelEntry | undefined {
    if (entry.duty === undefined) return undefined
    const vary = options.vary ?? []
    const object = this.#object(entry, id, { ...options, vary, keys: options.keys ?? [] }, 0, {
      bytes,
      phase: 'streaming',
    })
    this.#commit(entry, entry.duty, object)
    return this.#readBack(entry, object, 0)
  }

  /** `undefined`: refused. What was purged meanwhile is refused to a background, and given to a foreground alone. */
  update(entry: ModelEntry, id: number, options: ModelOptions, foreground: boolean): ModelEntry | undefined {
    const base = entry.found?.object
    const { duty } = entry
    if (duty === undefined || base === undefined || base.body.phase !== 'complete') return undefined
    const kept = { ...options, vary: options.vary ?? base.vary, keys: options.keys ?? base.keys }
    const object = this.#object(entry, id, kept, base.hits, base.body)
    if (foreground) object.hits += 1
    const fresh = this.#readBack(entry, object, object.hits)
    if (this.#isPurged(base, duty)) {
      entry.duty = undefined
      this.#verdicts.next(duty)
      this.#shelf.sweep(this.#crowd.duties)
      return foreground ? fresh : undefined
    }
    this.#commit(entry, duty, object, base)
    return fresh
  }

  /** Also where it was evicted, or replaced, before it was purged. */
  #isPurged(base: ModelObject, duty: Duty): boolean {
    const isThere = this.#shelf.objects.includes(base)
    return base.purged || (!isThere && this.purges.overtook(duty.inFlight, base) !== undefined)
  }

  chooseStale(entry: ModelEntry): boolean {
    const { duty, found } = entry
    if (duty === undefined || found === undefined || entry.outcome === 'lead') return false
    if (found.object.body.phase === 'failed') return false
    const isPurged = this.#isPurged(found.object, duty)
    entry.duty = undefined
    if (entry.outcome === 'stale-lead') entry.outcome = 'stale'
    else {
      entry.outcome = 'stale-if-error'
      found.hits = ++found.object.hits
    }
    if (duty.exclusive && !isPurged) {
      for (const waiter of this.#crowd.waitingAt(duty)) this.#verdicts.use(waiter, 'stale-if-error', found.object)
    } else this.#verdicts.next(duty)
    this.#shelf.sweep(this.#crowd.duties)
    return true
  }

  record(entry: ModelEntry, maxAge: number, vary: readonly string[]): boolean {
    const { duty } = entry
    if (duty === undefined) return false
    entry.duty = undefined
    entry.outcome = 'pass'
    entry.found = undefined
    const place = placeOf(entry, vary)
    if (this.#overtaker(duty, { ...place, keys: [] }) === undefined)
      this.#shelf.mark({ ...place, mode: this.#policy.markerMode, at: this.#time.now, maxAge })
    if (duty.exclusive) {
      for (const waiter of this.#crowd.waitingAt(duty)) {
        if (this.#policy.markerMode === 'pass') this.#verdicts.give(waiter, { is: 'pass' })
        else this.#verdicts.giveAlone(waiter, duty)
      }
    }
    this.#shelf.sweep(this.#crowd.duties)
    return true
  }

  abandon(entry: ModelEntry, because: ModelReason): boolean {
    const { duty } = entry
    if (duty === undefined) return false
    entry.duty = undefined
    const waiters = duty.exclusive ? this.#crowd.waitingAt(duty) : []
    if (because === 'declined' && this.#policy.onDeclined === 'release-all') {
      const { markerSeconds } = this.#policy
      const maxAge = markerSeconds === 'freshness' ? 1000 : markerSeconds * 1000
      if (this.#overtaker(duty, { ...duty, keys: [] }) === undefined)
        this.#shelf.markBeside({ ...bare(duty), mode: 'miss', at: this.#time.now, maxAge })
      for (const waiter of waiters) this.#verdicts.giveAlone(waiter, duty)
    } else if (because === 'failed' && this.#policy.onFailed === 'share' && duty.exclusive) {
      for (const waiter of waiters) {
        const verdict = this.#verdicts.of(waiter)
        if (verdict.is === 'use' || verdict.is === 'pass') this.#verdicts.give(waiter, verdict)
        else if (verdict.outcome !== 'lead' && verdict.object)
          this.#verdicts.use(waiter, 'stale-if-error', verdict.object)
        else this.#verdicts.fail(waiter, 'shared failure')
      }
    } else this.#verdicts.next(duty)
    this.#shelf.sweep(this.#crowd.duties)
    return true
  }

  fetchIsSent(entry: ModelEntry): boolean {
    if (entry.duty === undefined) return false
    const found = entry.found?.object
    if (found !== undefined && this.#isPurged(found, entry.duty)) found.purged = true
    entry.duty.inFlight = { order: this.#time.next(), ownPurgeSerial: Number.POSITIVE_INFINITY }
    return true
  }

  /** An entry that has the duty, and is closed at once; undefined if it may not have the duty. */
  claim(key: string, request: Request, inFlight: ModelInFlightSend): ModelEntry | undefined {
    const never = Number.POSITIVE_INFINITY
    const entry = { ...this.#entry(key, request, never, never), claims: true }
    const verdict = this.#verdicts.of(entry)
    if (verdict.is !== 'lead') return undefined
    this.entries.push(entry)
    this.#verdicts.give(entry, verdict, inFlight)
    return entry
  }

  /** The object it found is stale from now on. */
  outdate({ duty, found }: ModelEntry): void {
    if (duty === undefined || found === undefined) return
    if (!this.#isOutrun(duty, found.object, found.object)) outdate(found.object, this.#time.now)
  }

  renewLease(entry: ModelEntry): boolean {
    if (entry.duty === undefined) return false
    entry.duty.leaseEnd = this.#time.now + entry.lease
    return true
  }

  close(entry: ModelEntry): boolean {
    if (entry.phase === 'closed') return false
    const { duty } = entry
    entry.phase = 'closed'
    entry.waitsFor = undefined
    entry.duty = undefined
    if (duty !== undefined) this.#verdicts.next(duty)
    this.#shelf.sweep(this.#crowd.duties)
    return true
  }

  endBody(object: ModelObject, phase: 'complete' | 'failed'): void {
    if (object.body.phase !== 'streaming') return
    object.body.phase = phase
    for (const broken of this.#shelf.objects.filter((each) => each.body.phase === 'failed')) this.#shelf.remove(broken)
    this.#shelf.sweep(this.#crowd.duties)
  }

  purge(target: ModelTarget, soft: boolean, by?: ModelInFlightSend): number {
    const hit = this.#shelf.objects.filter((object) => aimedAt(target, object))
    for (const object of hit) {
      if (soft) outdate(object, this.#time.now)
      else {
        object.purged = true
        this.#shelf.remove(object)
      }
    }
    const marks = this.#shelf.marks.filter((mark) => 'all' in target || ('key' in target && target.key === mark.key))
    for (const mark of marks) this.#shelf.unmark(mark)
    if (!soft) this.purges.add(target, by)
    this.#shelf.sweep(this.#crowd.duties)
    return hit.length + marks.length
  }

  /** Leases that an entry waits for run out, and waits end, each at its own time. */
  tick(ms: number): void {
    const until = this.#time.now + ms
    for (;;) {
      const due = this.#crowd.nextDue(until)
      if (due === undefined) break
      this.#time.now = due.at
      if (due.entry.phase === 'waiting') this.#verdicts.fail(due.entry, 'TimeoutError')
      else if (due.entry.duty !== undefined) {
        const { duty } = due.entry
        due.entry.duty = undefined
        this.#verdicts.next(duty)
      }
      this.#shelf.sweep(this.#crowd.duties)
    }
    this.#time.now = until
  }

  #entry(key: string, request: Request, lease: number, timeout: number): ModelEntry {
    return {
      key,
      request,
      start: this.#time.now,
      order: this.#time.next(),
      lease,
      timeoutAt: this.#time.now + timeout,
      phase: 'waiting',
      outcome: '',
      found: undefined,
      duty: undefined,
      waitsFor: undefined,
      fallback: undefined,
      collapsed: false,
    }
  }

  #commit(entry: ModelEntry, duty: Duty, object: ModelObject, base?: ModelObject): void {
    entry.duty = undefined
    const there = this.#shelf.objects.find((each) => same(each, object))
    if (there !== undefined && this.#isOutrun(duty, object, there)) {
      this.#verdicts.next(duty)
      this.#shelf.sweep(this.#crowd.duties)
      return
    }
    if (base !== undefined) this.#shelf.remove(base)
    this.#shelf.put(object)
    const overtakenBy = this.#overtaker(duty, object)
    if (overtakenBy !== undefined) {
      object.staleAt = Math.min(object.maxAge, object.initialAge)
      object.overtakenAt = overtakenBy.order
    }
    object.askedBy = wordsOf(entry)
    for (const place of same(duty, object) ? [duty] : [duty, object]) this.#verdicts.release(place, object)
    object.askedBy = 'nobody'
    this.#shelf.sweep(this.#crowd.duties)
  }

  #overtaker(duty: Duty, response: Pick<ModelObject, 'key' | 'keys'>) {
    return this.#policy.purgeGeneration ? this.purges.overtook(duty.inFlight, response) : undefined
  }

  /** Whether what is there was fetched after a purge that had overtaken the other. */
  #isOutrun(duty: Duty, object: ModelObject, there: ModelObject): boolean {
    const overtakenBy = this.#overtaker(duty, object)
    return overtakenBy !== undefined && there.order > overtakenBy.order && there.overtakenAt === 0
  }

  #readBack(entry: ModelEntry, object: ModelObject, hits: number): ModelEntry {
    const fresh: ModelEntry = {
      ...entry,
      phase: 'ready',
      outcome: object.initialAge > object.maxAge ? 'stale' : 'hit',
      found: { object, age: object.initialAge, hits },
      duty: undefined,
      collapsed: false,
    }
    return fresh
  }

  #object(
    entry: ModelEntry,
    id: number,
    options: ModelOptions & { vary: readonly string[]; keys: readonly string[] },
    hits: number,
    body: ModelObject['body'],
  ): ModelObject {
    return {
      ...options,
      ...placeOf(entry, options.vary),
      id,
      order: this.#time.next(),
      storedAt: this.#time.now,
      body,
      hits,
      staleAt: Number.POSITIVE_INFINITY,
      stored: false,
      purged: false,
      overtakenAt: 0,
      askedBy: 'nobody',
    }
  }
}
