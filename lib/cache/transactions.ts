/** The cache transactions of one host: lookups, claims, purges, loans, and what can be counted. Everything else is done on an entry. */

import type { Clock } from '../base/clock.js'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import type { Store } from '../store/store.js'
import { Catalogue } from './catalogue.js'
import { Collapse } from './collapse.js'
import { checkDuration, checkSurrogateKey } from './commit-options.js'
import { Commits } from './commits.js'
import { decide, type Verdict } from './decide.js'
import { Entry, type EntryOptions } from './entry.js'
import { assertInvariants } from './invariants.js'
import { Loans } from './loans.js'
import type { Judge, LookupQuery } from './lookup-query.js'
import type { Marker } from './marker.js'
import type { StoredObject } from './object.js'
import type { Observer } from './observe.js'
import type { LookupOutcome } from './outcome.js'
import { type InFlightSend, type PurgeAim, PurgeLog } from './purge-log.js'
import type { Shared } from './shared.js'
import { Snapshot } from './snapshot.js'
import { type Standing, standingsMemory } from './standings.js'
import type { TransactionStats } from './stats.js'
import { Tally } from './tally.js'
import { Wakes } from './wakes.js'

export interface TransactionsOptions {
  readonly clock: Clock
  readonly policy: Policy
  readonly store: Store
  readonly observe?: Observer
  /** Where it shows which answers still stand; memory of its own by default. */
  readonly standings?: SharedArrayBuffer
  /** Check the whole state after every operation; slow. */
  readonly invariants?: boolean
}

/** On what terms a request is looked up. */
export interface LookupTerms {
  /** What is looked up; never empty. */
  readonly key: string
  /** A lookup that has waited this long fails with `TimeoutError`. */
  readonly waitTimeoutMs?: number
  /** How long an obligation of this lookup is safe from those who wait; for ever by default. */
  readonly leaseMs?: number
  /** The request's own demands on freshness; not asked about what was fetched while it waited. */
  readonly judge?: Judge
  /** The transaction whose hook asks. What could only be answered after that is not waited for. */
  readonly madeBy?: Entry
}

/** What a lookup would come to. */
export interface Foresight {
  readonly does: Verdict['do']
  readonly outcome: LookupOutcome
  readonly object: Snapshot | undefined
  /** Whether anything is stored under the key, for other variants perhaps. */
  readonly known: 'key' | 'nothing'
  /** Whether it would lead together with others. */
  readonly marked: boolean
}

export class Transactions {
  readonly #clock: Clock
  readonly #policy: Policy
  readonly #store: Store
  readonly #observe: Observer
  readonly #tally = new Tally()
  readonly #loans: Loans
  readonly #purges = new PurgeLog()
  readonly #wakes: Wakes
  readonly #catalogue: Catalogue
  readonly #collapse: Collapse
  readonly #commits: Commits
  #serial = 0
  #state: 'open' | 'closed' = 'open'

  constructor(options: TransactionsOptions) {
    const { clock, policy, store, observe = {} } = options
    this.#clock = clock
    this.#policy = policy
    this.#store = store
    this.#observe = observe
    this.#loans = new Loans(options.standings ?? standingsMemory())
    this.#catalogue = new Catalogue({ store, policy, loans: this.#loans }, (item, reason) => {
      this.#tally.evicted += 1
      observe.evict?.(keyOf(item as StoredObject | Marker), reason)
    })
    this.#wakes = new Wakes(options.invariants ? () => assertInvariants(this.#catalogue, this.#collapse) : undefined)
    const shared: Shared = {
      clock,
      policy,
      observe,
      catalogue: this.#catalogue,
      purges: this.#purges,
      wakes: this.#wakes,
      tally: this.#tally,
      nextSerial: () => ++this.#serial,
    }
    this.#collapse = new Collapse(shared)
    this.#commits = new Commits(shared, this.#collapse, store)
  }

  /** Opens a transaction. Throws `InvalidArgumentError` and `ClosedError`; what goes wrong later, the entry says. */
  lookup(request: RequestHead, terms: LookupTerms): Entry {
    if (this.#state === 'closed') throw new ClosedError('the cache')
    const { key, judge, waitTimeoutMs, leaseMs = Number.POSITIVE_INFINITY, madeBy } = terms
    if (key === '') throw new InvalidArgumentError('a cache key must not be empty')
    checkDuration('waitTimeoutMs', waitTimeoutMs)
    checkDuration('leaseMs', leaseMs)
    const entry = this.#entry(request, { key, judge, leaseMs, madeBy })
    this.#collapse.admit(entry, waitTimeoutMs)
    this.#wakes.deliver()
    return entry
  }

  /** A request is sent without a lookup. To be ended when its answer has made its claim, or there will be none. */
  beginSend(): InFlightSend {
    return this.#purges.beginSend(++this.#serial)
  }

  /**
   * For an answer that no lookup has led to, and that says something of what is stored: an entry with the obligation for that,
   * however fresh it is. Nothing, where somebody fetches the same: what they bring is newer, also if their lease has run out.
   * To be closed before anything else happens; it is no lookup, and not counted as one.
   */
  claim(request: RequestHead, key: string, inFlight: InFlightSend): Entry | undefined {
    if (this.#state === 'closed') return undefined
    const entry = this.#entry(request, {
      key,
      judge: () => 'expired',
      leaseMs: Number.POSITIVE_INFINITY,
      madeBy: undefined,
    })
    return this.#collapse.claim(entry, inFlight) ? entry : undefined
  }

  /**
   * Removes what it is aimed at, or, softly, ends its freshness; gives back how many objects and marks that were.
   * Wakes nobody, and leaves obligations and attached readers alone (semantics 12). Everything can only be purged hard.
   * `by`: whose answer it is that purges; it makes its claim next, and is not overtaken by this.
   */
  purge(target: PurgeAim, options: { soft?: boolean; by?: InFlightSend } = {}): number {
    const { soft = false, by } = options
    if ('surrogateKey' in target) checkSurrogateKey(target.surrogateKey)
    if ('all' in target && soft) throw new InvalidArgumentError('a purge of everything cannot be soft')
    const { objects, markers } = this.#catalogue.aimedAt(target)
    const nowMs = this.#clock.now()
    for (const object of objects) {
      if (soft) this.#catalogue.outdate(object, nowMs)
      else this.#catalogue.unfile(object, 'purged')
    }
    for (const marker of markers) this.#catalogue.erase(marker)
    if (!soft) this.#remember(target, by)
    const affected = objects.length + markers.length
    this.#tally.purged += affected
    this.#observe.purge?.(target, soft, affected)
    this.#wakes.deliver()
    return affected
  }

  /** What a lookup would come to now, without one: no obligation, no hit, no trace. `decide` says what the verdicts mean. */
  foresee(request: RequestHead, { key, judge }: Pick<LookupTerms, 'key' | 'judge'>): Foresight {
    const nowMs = this.#clock.now()
    const variants = this.#catalogue.find(key)
    const query: LookupQuery = {
      request,
      startMs: nowMs,
      serial: this.#serial + 1,
      judge,
      fallback: undefined,
    }
    const verdict = decide(variants, query, this.#policy, nowMs)
    const object = 'object' in verdict ? verdict.object : undefined
    return {
      does: verdict.do,
      outcome: 'outcome' in verdict ? verdict.outcome : 'pass',
      object: object && new Snapshot(object, object.ageAt(nowMs), object.hits),
      known: variants?.holdsObjects ? 'key' : 'nothing',
      marked: verdict.do === 'lead' && verdict.exclusivity === 'together',
    }
  }

  /** Whether anything is stored under `key`: a lookup that finds nothing there has missed only the variant (RFC 9211 2.2). */
  knows(key: string): boolean {
    return this.#catalogue.find(key)?.holdsObjects ?? false
  }

  /**
   * Lends what an entry has hit, so that others answer with it without asking; nothing, unless that is in its slot and whole.
   * It is withdrawn before anything else becomes of it or of its key, but that its freshness ends.
   */
  lend({ source }: Snapshot): Standing | undefined {
    const { fate, body, staleAtMs } = source
    const isLent = fate === 'filed' && body.phase === 'complete' && staleAtMs === undefined
    return isLent ? this.#loans.lend(source) : undefined
  }

  stats(): TransactionStats {
    const { outcomes } = this.#tally
    return {
      ...this.#tally,
      outcomes: { ...outcomes, hit: outcomes.hit + this.#loans.recalls },
      ...this.#catalogue.counts,
      store: this.#store.stats(),
      obligations: this.#collapse.obligations.size,
      waiting: this.#collapse.waiting.size,
      rememberedPurges: this.#purges.size,
    }
  }

  /** No more lookups; who waits fails with `reason`, who leads has no obligation any more. Harmless when repeated. */
  close(reason: unknown = new ClosedError('the cache')): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    for (const entry of [...this.#collapse.waiting]) this.#collapse.fail(entry, reason)
    for (const obligation of [...this.#collapse.obligations]) {
      this.#collapse.end(obligation)
      this.#catalogue.tidy(obligation.slot)
    }
    this.#wakes.deliver()
    this.#store.close()
    this.#catalogue.clear()
  }

  #entry(request: RequestHead, terms: Pick<EntryOptions, 'key' | 'judge' | 'leaseMs' | 'madeBy'>): Entry {
    const { key, judge, leaseMs, madeBy } = terms
    const startMs = this.#clock.now()
    return new Entry(this.#commits, { key, request, judge, startMs, serial: ++this.#serial, leaseMs, madeBy })
  }

  /** Whoever has sent for something before this purge is told when that is to be stored. */
  #remember(target: PurgeAim, by: InFlightSend | undefined): void {
    const serial = ++this.#serial
    if (by !== undefined) by.ownPurgeSerial = Math.min(by.ownPurgeSerial, serial)
    this.#purges.record(target, serial)
  }
}

function keyOf(item: StoredObject | Marker): string {
  return item.kind === 'object' ? item.fields.key : item.key
}
