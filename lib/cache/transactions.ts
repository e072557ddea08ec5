/** The cache transactions of one host: lookups, claims, purges, loans and statistics; everything else is done on an entry. */

import type { Clock } from '../base/clock.js'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import type { Store } from '../store/store.js'
import { backOffMs } from './back-off.js'
import { Catalogue } from './catalogue.js'
import { Collapse } from './collapse.js'
import { checkDuration, checkSurrogateKey } from './commit-options.js'
import { Commits } from './commits.js'
import { decide, type Verdict } from './decide.js'
import { Entry, type EntryOptions } from './entry.js'
import { assertInvariants } from './invariants.js'
import { FOR_EVER, type Lease } from './lease.js'
import { Loans } from './loans.js'
import type { Judge, LookupQuery } from './lookup-query.js'
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
  /** The shared memory that shows which lent answers still stand. By default, memory that no other thread has. */
  readonly standings?: SharedArrayBuffer
  /** Whether to check the whole state after every operation, which is slow. */
  readonly invariants?: boolean
}

/** The options of a lookup. */
export interface LookupTerms {
  /** The cache key; never empty. */
  readonly key: string
  /** A lookup that has waited this long fails with `TimeoutError`. */
  readonly waitTimeoutMs?: number | undefined
  /** How long a waiter cannot take over an obligation of this lookup. For ever by default. */
  readonly lease?: Lease | undefined
  /** The request's own demands on freshness. Not applied to an object that was fetched while the lookup waited. */
  readonly judge?: Judge | undefined
  /** The entry whose hook makes this lookup. The lookup never waits for a fetch that in turn waits for this entry. */
  readonly madeBy?: Entry | undefined
}

/** What a lookup would come to now. */
export interface Foresight {
  readonly does: Verdict['do']
  readonly outcome: LookupOutcome
  readonly object: Snapshot | undefined
  /** Whether anything is stored under the key, perhaps only for other variants. */
  readonly known: 'key' | 'nothing'
  /** Whether the lookup would lead at a hit-for-miss mark, side by side with others. */
  readonly marked: boolean
  /** See `Transactions.backOffMs`. */
  readonly backOffMs: number
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
    this.#catalogue = new Catalogue({ store, policy, loans: this.#loans }, (key, reason) => {
      this.#tally.evicted += 1
      observe.evict?.(key, reason)
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

  /** Opens a transaction. Throws `InvalidArgumentError` and `ClosedError`; the entry throws later failures. */
  lookup(request: RequestHead, terms: LookupTerms): Entry {
    if (this.#state === 'closed') throw new ClosedError('the cache')
    const { key, judge, waitTimeoutMs, lease = FOR_EVER, madeBy } = terms
    if (key === '') throw new InvalidArgumentError('a cache key must not be empty')
    checkDuration('waitTimeoutMs', waitTimeoutMs)
    checkDuration('leaseMs', lease.ms)
    const entry = this.#entry(request, { key, judge, lease, madeBy })
    this.#collapse.admit(entry, waitTimeoutMs)
    this.#wakes.deliver()
    return entry
  }

  /** Registers a request that is sent without a lookup. End it once its answer has made its claim, or will make none. */
  beginSend(): InFlightSend {
    return this.#purges.beginSend(++this.#serial)
  }

  /**
   * For an answer that came without a lookup and changes what is stored: an entry with the obligation for that slot, however fresh
   * the stored object is. `undefined` if a leader is fetching the same, even one whose lease has run out: its response is newer.
   * Also `undefined` at a hit-for-pass mark, and once the cache is closed. Use and close the entry before anything else happens to
   * the cache. A claim is not counted as a lookup.
   */
  claim(request: RequestHead, key: string, inFlight: InFlightSend): Entry | undefined {
    if (this.#state === 'closed') return undefined
    const entry = this.#entry(request, {
      key,
      judge: () => 'expired',
      lease: FOR_EVER,
      madeBy: undefined,
    })
    return this.#collapse.claim(entry, inFlight) ? entry : undefined
  }

  /**
   * Removes the target; if `soft`, removes its marks and ends the freshness of its objects. Returns how many objects and marks that
   * were. Wakes no waiter, and leaves obligations and present readers alone (semantics 12). A purge of everything is always hard.
   * `by`: the request whose answer causes the purge. The claim that this answer makes next is not overtaken by it.
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

  /** What a lookup would come to now: takes no obligation, counts no hit, leaves no trace. See `decide` for the verdicts. */
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
      backOffMs: backOffMs(variants?.failures, nowMs),
    }
  }

  /** Milliseconds until `key` should be fetched again behind a stale answer, after such fetches have failed; 0 if it may be now. */
  backOffMs(key: string): number {
    return backOffMs(this.#catalogue.find(key)?.failures, this.#clock.now())
  }

  /**
   * Lends the object that an entry has hit, so that other threads can answer with it. `undefined` unless the object is in its slot,
   * its body is complete, and no purge has made it stale. The loan ends before the object is removed or made stale, and before
   * anything else is stored under its key. It does not end when freshness runs out.
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
      obligations: this.#collapse.leaders.size,
      waiting: this.#collapse.waiters.size,
      rememberedPurges: this.#purges.size,
    }
  }

  /** Refuses lookups from now on, fails all waiters, and ends all obligations. May be called twice. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const reason = new ClosedError('the cache')
    for (const entry of [...this.#collapse.waiters]) this.#collapse.fail(entry, reason)
    for (const obligation of [...this.#collapse.leaders]) {
      this.#collapse.leaders.end(obligation)
      this.#catalogue.tidy(obligation.slot)
    }
    this.#wakes.deliver()
    this.#store.close()
    this.#catalogue.clear()
  }

  #entry(request: RequestHead, terms: Pick<EntryOptions, 'key' | 'judge' | 'lease' | 'madeBy'>): Entry {
    const { key, judge, lease, madeBy } = terms
    const startMs = this.#clock.now()
    return new Entry(this.#commits, { key, request, judge, startMs, serial: ++this.#serial, lease, madeBy })
  }

  /** Records a hard purge for the requests under way: their responses are checked against it when they are stored. */
  #remember(target: PurgeAim, by: InFlightSend | undefined): void {
    const serial = ++this.#serial
    if (by !== undefined) by.ownPurgeSerial = Math.min(by.ownPurgeSerial, serial)
    this.#purges.record(target, serial)
  }
}
