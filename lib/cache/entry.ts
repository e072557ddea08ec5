/** One transaction, opened by a lookup: what it found, what it is obliged to do, and the operations that fulfil that. */

import type { CancelTimer } from '../base/clock.js'
import { BadHandleError, TidewaitError } from '../base/errors.js'
import type { Place } from '../base/queue.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { VaryRule } from '../http/vary.js'
import type { BodyWriter } from '../store/body.js'
import type { CommitOptions, MarkOptions } from './commit-options.js'
import type { Judge, LookupQuery } from './lookup-query.js'
import type { StoredObject } from './object.js'
import type { AbandonReason, Obligation } from './obligation.js'
import { FLAGS, type LookupOutcome, MUST_INSERT_OR_UPDATE } from './outcome.js'
import type { Slot } from './slot.js'
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

/** The fetch of a leader: ready once the origin has answered, or could not. */
interface Fetch {
  readonly ready: boolean
}

/** Whoever waits for an entry. An object, so that a crowd of them costs no closures. */
export interface Waker {
  wake(): void
}

/** Who asks, as `Transactions.lookup` puts it together. */
export interface EntryOptions {
  readonly key: string
  readonly request: RequestHead
  readonly judge: Judge | undefined
  readonly startMs: number
  readonly serial: number
  readonly leaseMs: number
  readonly madeBy: Entry | undefined
}

/** Carries out what is done on an entry; `Entry` says of each what it does. */
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
}

const NONE: readonly Entry[] = []

/** Whoever looked it up must `close` it: closing gives back an obligation that is not fulfilled, and leaves a queue. */
export class Entry implements LookupQuery {
  readonly key: string
  readonly request: RequestHead
  /** See `LookupQuery`. */
  readonly judge: Judge | undefined
  /** On the clock's own scale. */
  readonly startMs: number
  /** Its number among all lookups and commits. */
  readonly serial: number
  readonly leaseMs: number
  fallback: StoredObject | undefined = undefined
  /** @internal The transaction whose hook has asked for this, as long as both may hold others up. */
  madeBy: Entry | undefined
  /** @internal */
  obligation: Obligation | undefined = undefined
  /** @internal The slot it waits for, and its place in line there. */
  waitsFor: { readonly slot: Slot; readonly place: Place<Entry> } | undefined = undefined
  /** @internal */
  waitTimer: CancelTimer | undefined = undefined

  readonly #calls: EntryCalls
  #phase: EntryPhase = 'waiting'
  #outcome: LookupOutcome = 'pass'
  #object: Snapshot | undefined = undefined
  #failure: unknown = undefined
  #collapsed = false
  #waker: Waker | undefined = undefined
  #made: Set<Entry> | undefined = undefined
  #fetch: Fetch | undefined = undefined

  /** @internal Made by a lookup, and by a leader's read-back. */
  constructor(calls: EntryCalls, options: EntryOptions) {
    this.#calls = calls
    this.key = options.key
    this.request = options.request
    this.judge = options.judge
    this.startMs = options.startMs
    this.serial = options.serial
    this.leaseMs = options.leaseMs
    this.madeBy = options.madeBy
    this.madeBy?.addMade(this)
  }

  get phase(): EntryPhase {
    return this.#phase
  }

  /** What the lookup came to. Throws what `state` throws. */
  get outcome(): LookupOutcome {
    this.#checkReady()
    return this.#outcome
  }

  /**
   * The flags of Fastly's host calls: FOUND 1, USABLE 2, STALE 4, MUST_INSERT_OR_UPDATE 8, USABLE_IF_ERROR 16.
   * Throws the lookup's failure (`TimeoutError`, a leader's error, `ClosedError`), `BadHandleError` once closed,
   * and `Busy` while it waits.
   */
  get state(): number {
    this.#checkReady()
    const flags = FLAGS[this.#outcome]
    return this.obligation === undefined ? flags & ~MUST_INSERT_OR_UPDATE : flags
  }

  /** What was found, or what a leader may validate, as it was when the entry became ready. */
  get object(): Snapshot | undefined {
    this.#checkReady()
    return this.#object
  }

  /** @internal What its hooks have asked for, and is not over. */
  get made(): Iterable<Entry> {
    return this.#made ?? NONE
  }

  /** @internal */
  addMade(entry: Entry): void {
    this.#made ??= new Set()
    this.#made.add(entry)
  }

  /** @internal What it has made is over. */
  removeMade(entry: Entry): void {
    this.#made?.delete(entry)
  }

  /** @internal Whether it leads, and the origin has yet to answer. */
  get isFetching(): boolean {
    return this.obligation !== undefined && this.#fetch?.ready === false
  }

  /** Whether it waited for another's fetch. */
  get collapsed(): boolean {
    return this.#collapsed
  }

  /** The vary rule of the slot that it leads, if that tells any requests apart. */
  get variedBy(): VaryRule | undefined {
    const rule = this.obligation?.slot.under.rule
    return rule?.length === 0 ? undefined : rule
  }

  /** Wakes `waker` once when the entry leaves `waiting`, at once if it has. One waker at a time. */
  onReady(waker: Waker): void {
    if (this.#phase === 'closed') throw this.refuse('is closed')
    if (this.#phase === 'waiting') this.#waker = waker
    else waker.wake()
  }

  /** Stores a new object. Its head is visible at once; the others of the slot look again now, not when the body ends. */
  insert(head: ResponseHead, options: CommitOptions): BodyWriter {
    return this.#calls.insert(this, head, options).writer
  }

  /** `insert`, and a new entry that reads what was stored, from its first byte. */
  insertAndStreamBack(head: ResponseHead, options: CommitOptions): { writer: BodyWriter; entry: Entry } {
    const { writer, object } = this.#calls.insert(this, head, options)
    return { writer, entry: this.#calls.readBack(this, object, 0) }
  }

  /**
   * The object it found was validated: a new head and new times around the body that is stored.
   * `BadHandleError` without such an object or while its body streams in; the obligation is kept then. An object
   * that was purged meanwhile stays gone: `BadHandleError`, and the obligation is given back (T106).
   */
  update(head: ResponseHead, options: CommitOptions): void {
    this.#calls.update(this, head, options)
  }

  /** `update`, and a new entry that found the result. Of an object that was purged meanwhile, it alone gets it. */
  updateAndReturnFresh(head: ResponseHead, options: CommitOptions): Entry {
    return this.#calls.updateAndReturnFresh(this, head, options)
  }

  /** The fetch failed: this entry, and all who wait in its slot, answer with the stale object. */
  chooseStale(): void {
    this.#calls.chooseStale(this)
  }

  /** Nothing can be stored here for `maxAgeMs`: the others of the slot fetch for themselves, now and until then. */
  recordNotCacheable(options: MarkOptions): void {
    this.#calls.recordNotCacheable(this, options)
  }

  /** Gives the obligation back; what becomes of those who wait depends on the reason. */
  abandon(reason: AbandonReason = { because: 'left' }): void {
    this.#calls.abandon(this, reason)
  }

  /** The object it found is stale from now on, as after a soft purge; gives the obligation back. */
  outdate(): void {
    this.#calls.outdate(this)
  }

  /** Its fetch is sent now: no purge from before can have outrun what that brings. `BadHandleError` without an obligation. */
  fetchIsSent(fetch?: Fetch): void {
    this.#calls.fetchIsSent(this)
    this.#fetch = fetch
  }

  /** Starts the lease of its obligation anew. `BadHandleError` once it was taken back. */
  renewLease(): void {
    this.#calls.renewLease(this)
  }

  /** Ends the transaction. `BadHandleError` when it has ended. */
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

  /** @internal The obligation, or `BadHandleError`. */
  obliged(): Obligation {
    if (this.#phase === 'closed') throw this.refuse('is closed')
    if (this.obligation === undefined) throw this.refuse('has no obligation')
    return this.obligation
  }

  /** @internal The lookup has begun to wait; `fallback` is the stale object it could use if the fetch fails. */
  collapse(fallback: StoredObject | undefined): void {
    this.#collapsed = true
    this.fallback = fallback
  }

  /** @internal The lookup is over, or has come to something else through an operation. */
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

  /** @internal Each waker is woken once. */
  takeWaker(): Waker | undefined {
    const waker = this.#waker
    this.#waker = undefined
    return waker
  }

  /** @internal An error that says which lookup it is about. */
  refuse(why: string): BadHandleError {
    return new BadHandleError(this.serial, `lookup ${this.serial} ${why}`)
  }

  /** Until the entry is closed, somebody may read the body. */
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
