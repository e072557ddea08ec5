/** One cache transaction: what its lookup found, whether it leads, and the operations that end its obligation. */

import { BadHandleError, TidewaitError } from '../base/errors.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { VaryRule } from '../http/vary.js'
import type { BodyWriter } from '../store/body.js'
import type { AbandonReason, CommitOptions, MarkOptions } from './commit-options.js'
import type { Lease } from './lease.js'
import type { Judge, LookupQuery } from './lookup-query.js'
import type { StoredObject } from './object.js'
import { FLAGS, type LookupOutcome, MUST_INSERT_OR_UPDATE } from './outcome.js'
import type { Snapshot } from './snapshot.js'

/**
 * | phase | next |
 * |---|---|
 * | waiting | ready, failed, closed |
 * | ready | closed |
 * | failed | closed |
 * | closed | - |
 */
export type EntryPhase = 'waiting' | 'ready' | 'failed' | 'closed'

/** How an entry leads. `exclusive`: others wait for it. `together`: any number side by side, at a hit-for-miss mark for instance. */
export type Exclusivity = 'exclusive' | 'together'

/** A leader's fetch: ready once the origin has answered or the fetch has failed. */
interface Fetch {
  readonly ready: boolean
}

/** Is called when an entry is ready or failed. An object instead of a function, so that thousands of waiters need no closures. */
export interface Waker {
  wake(): void
}

/** What an entry starts with. See `Entry` for the fields. */
export interface EntryOptions {
  readonly key: string
  readonly request: RequestHead
  readonly judge: Judge | undefined
  readonly startMs: number
  readonly serial: number
  readonly lease: Lease
  readonly madeBy: Entry | undefined
}

/** Carries out the operations of an entry, for the cache that opened it. See the members of `Entry` with the same names. */
export interface EntryCalls {
  insert(entry: Entry, head: ResponseHead, options: CommitOptions): { writer: BodyWriter; object: StoredObject }
  /** A new entry that has found `object`. */
  readBack(entry: Entry, object: StoredObject, hits: number): Entry
  update(entry: Entry, head: ResponseHead, options: CommitOptions): void
  updateAndReturnFresh(entry: Entry, head: ResponseHead, options: CommitOptions): Entry
  chooseStale(entry: Entry): void
  recordNotCacheable(entry: Entry, options: MarkOptions): void
  abandon(entry: Entry, reason: AbandonReason): void
  outdate(entry: Entry): void
  fetchIsSent(entry: Entry): void
  renewLease(entry: Entry): void
  closed(entry: Entry): void
  waitsFor(entry: Entry): Entry | undefined
  variedBy(entry: Entry): VaryRule | undefined
}

const NONE: readonly Entry[] = []

/** The caller of the lookup must `close` the entry. Closing gives back an unfulfilled obligation, and leaves a queue. */
export class Entry implements LookupQuery {
  readonly key: string
  readonly request: RequestHead
  /** See `LookupQuery`. */
  readonly judge: Judge | undefined
  /** When the lookup began, on the clock's own scale. */
  readonly startMs: number
  /** Its place in the order of all lookups, commits, sends and purges. */
  readonly serial: number
  readonly lease: Lease
  fallback: StoredObject | undefined = undefined
  /** @internal The entry whose hook made this lookup; cleared when this entry is closed. */
  madeBy: Entry | undefined
  /** How the entry leads, while it has an obligation. Set by `Leaders`. */
  leads: Exclusivity | undefined = undefined
  /** Whether anything was stored under the key, perhaps only for other variants, when this entry became a leader (RFC 9211 2.2). */
  known: 'key' | 'nothing' = 'nothing'

  readonly #calls: EntryCalls
  #phase: EntryPhase = 'waiting'
  #outcome: LookupOutcome = 'pass'
  #object: Snapshot | undefined = undefined
  #failure: unknown = undefined
  #collapsed = false
  #waker: Waker | undefined = undefined
  #made: Set<Entry> | undefined = undefined
  #fetch: Fetch | undefined = undefined

  /** @internal Made for a lookup, a claim, or a leader's read-back. */
  constructor(calls: EntryCalls, options: EntryOptions) {
    this.#calls = calls
    this.key = options.key
    this.request = options.request
    this.judge = options.judge
    this.startMs = options.startMs
    this.serial = options.serial
    this.lease = options.lease
    this.madeBy = options.madeBy
    this.madeBy?.addMade(this)
  }

  get phase(): EntryPhase {
    return this.#phase
  }

  /** The outcome of the lookup. Throws what `state` throws. */
  get outcome(): LookupOutcome {
    this.#checkReady()
    return this.#outcome
  }

  /**
   * The flags of Fastly's host calls: FOUND 1, USABLE 2, STALE 4, MUST_INSERT_OR_UPDATE 8, USABLE_IF_ERROR 16.
   * Throws the lookup's failure (`TimeoutError`, a leader's error, `ClosedError`), `BadHandleError` once the entry is closed, and
   * `Busy` while it waits.
   */
  get state(): number {
    this.#checkReady()
    const flags = FLAGS[this.#outcome]
    return this.leads === undefined ? flags & ~MUST_INSERT_OR_UPDATE : flags
  }

  /** The object that was found, or that a leader may validate, as it was when the entry became ready. */
  get object(): Snapshot | undefined {
    this.#checkReady()
    return this.#object
  }

  /** @internal The entries that this entry's hooks looked up, as long as they are not closed. */
  get made(): Iterable<Entry> {
    return this.#made ?? NONE
  }

  /** @internal */
  addMade(entry: Entry): void {
    this.#made ??= new Set()
    this.#made.add(entry)
  }

  /** @internal */
  removeMade(entry: Entry): void {
    this.#made?.delete(entry)
  }

  /** @internal Whether its fetch is under way. */
  get isFetching(): boolean {
    return this.#fetch?.ready === false
  }

  /** The entry whose fetch this one waits for now. */
  get waitsFor(): Entry | undefined {
    return this.#calls.waitsFor(this)
  }

  /** Whether the lookup waited for another request's fetch. */
  get collapsed(): boolean {
    return this.#collapsed
  }

  /** The vary rule of the slot that this entry leads, if the rule names any fields. */
  get variedBy(): VaryRule | undefined {
    return this.#calls.variedBy(this)
  }

  /** Calls `waker` once when the entry is ready or failed, or at once if it already is. One waker at a time; `close` drops it. */
  onReady(waker: Waker): void {
    if (this.#phase === 'closed') throw this.refuse('is closed')
    if (this.#phase === 'waiting') this.#waker = waker
    else waker.wake()
  }

  /**
   * Stores a new object. The waiters of the slot are looked up again now, when the head is stored, not when the body ends. If it
   * completes a part that was purged meanwhile, stores nothing and gives the obligation back: only its leader can read it back.
   */
  insert(head: ResponseHead, options: CommitOptions): BodyWriter {
    return this.#calls.insert(this, head, options).writer
  }

  /** `insert`, and a new entry that reads the stored body from its first byte. */
  insertAndStreamBack(head: ResponseHead, options: CommitOptions): { writer: BodyWriter; entry: Entry } {
    const { writer, object } = this.#calls.insert(this, head, options)
    return { writer, entry: this.#calls.readBack(this, object, 0) }
  }

  /**
   * Stores a new head and new lifetimes around the body of the found object, which was validated. Throws `BadHandleError`, and
   * keeps the obligation, if there is no such object or its body is not complete. An object that was purged meanwhile stays gone:
   * throws `BadHandleError`, and gives the obligation back (T106).
   */
  update(head: ResponseHead, options: CommitOptions): void {
    this.#calls.update(this, head, options)
  }

  /** `update`, and a new entry that has found the result. If the object was purged meanwhile, only that entry gets the result. */
  updateAndReturnFresh(head: ResponseHead, options: CommitOptions): Entry {
    return this.#calls.updateAndReturnFresh(this, head, options)
  }

  /** Ends the obligation after a failed fetch: the entry answers with the stale object, as do waiters unless that was purged. */
  chooseStale(): void {
    this.#calls.chooseStale(this)
  }

  /** Marks the variant by `varyNames` as uncacheable. Waiters fetch for themselves now, later requests for `maxAgeMs`. */
  recordNotCacheable(options: MarkOptions): void {
    this.#calls.recordNotCacheable(this, options)
  }

  /** Gives the obligation back. The reason decides what becomes of the waiters. */
  abandon(reason: AbandonReason = { because: 'left' }): void {
    this.#calls.abandon(this, reason)
  }

  /** Makes the found object stale, as a soft purge of it alone would. Keeps the obligation. */
  outdate(): void {
    this.#calls.outdate(this)
  }

  /** Records that the fetch is sent now: only a later purge can overtake its response. `BadHandleError` without an obligation. */
  fetchIsSent(fetch?: Fetch): void {
    this.#calls.fetchIsSent(this)
    this.#fetch = fetch
  }

  /** Restarts the lease of the obligation. `BadHandleError` once the obligation was taken back. */
  renewLease(): void {
    this.#calls.renewLease(this)
  }

  /** Ends the transaction. `BadHandleError` if it has ended already. */
  close(): void {
    if (this.#phase === 'closed') throw this.refuse('is closed')
    this.#phase = 'closed'
    this.#waker = undefined
    this.madeBy?.removeMade(this)
    this.madeBy = undefined
    this.#calls.closed(this)
    this.#hold(undefined)
    this.fallback = undefined
  }

  /** @internal Records that the lookup waits. `fallback` is the stale object that it could use if the leader's fetch fails. */
  collapse(fallback: StoredObject | undefined): void {
    this.#collapsed = true
    this.fallback = fallback
  }

  /** @internal Records the outcome of the lookup, or the new outcome after an operation. */
  settle(outcome: LookupOutcome, object: Snapshot | undefined): void {
    this.#phase = 'ready'
    this.#outcome = outcome
    this.#hold(object)
    this.fallback = undefined
  }

  /** @internal */
  fail(error: unknown): void {
    this.#phase = 'failed'
    this.#failure = error
    this.fallback = undefined
  }

  /** @internal Takes the waker out, so that it is called once. */
  takeWaker(): Waker | undefined {
    const waker = this.#waker
    this.#waker = undefined
    return waker
  }

  /** @internal An error that says which lookup it is about. */
  refuse(why: string): BadHandleError {
    return new BadHandleError(this.serial, `lookup ${this.serial} ${why}`)
  }

  /** Holds the found object, and its body as a possible reader, until the entry is closed or finds another object. */
  #hold(object: Snapshot | undefined): void {
    const before = this.#object
    this.#object = object
    object?.body.follow()
    before?.body.leave()
  }

  #checkReady(): void {
    if (this.#phase === 'failed') throw this.#failure
    if (this.#phase === 'closed') throw this.refuse('is closed')
    if (this.#phase === 'waiting') throw new TidewaitError('Busy', `lookup ${this.serial} is still waiting`)
  }
}
