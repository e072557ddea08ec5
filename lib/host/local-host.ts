/** The host in this thread: transactions, origins and bodies behind handles, with the HTTP rules applied in between. */

import type { BodyReader } from '../base/body.js'
import type { Clock } from '../base/clock.js'
import { BadHandleError } from '../base/errors.js'
import { waitedForBy } from '../cache/circle.js'
import type { Entry } from '../cache/entry.js'
import type { AbandonReason } from '../cache/obligation.js'
import type { Observer } from '../cache/observe.js'
import { FOUND } from '../cache/outcome.js'
import type { Snapshot } from '../cache/snapshot.js'
import { type Standing, Standings, standingsMemory } from '../cache/standings.js'
import { Transactions } from '../cache/transactions.js'
import { adapt } from '../http/client.js'
import { forwardedHead } from '../http/hop.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { suggestedOptions, type WriteOptions } from '../http/options.js'
import type { Policy } from '../http/policy.js'
import { suggestedRequest } from '../http/revalidation.js'
import type {
  Foreseen,
  Found,
  HostSendOptions,
  LookupOptions,
  LookupReport,
  ObjectReport,
  Prepared,
  PurgeTarget,
} from '../pending/host.js'
import type { LendingHost } from '../pending/memory.js'
import { prepared } from '../pending/prepare.js'
import { SendError } from '../pending/send-error.js'
import type { Handle } from '../scheduler/index.js'
import type { Store } from '../store/store.js'
import { append } from './append.js'
import { demandsOf } from './demands.js'
import { diagnostics } from './diagnostics.js'
import { EMPTY } from './empty-body.js'
import { type Adapted, Findings, reported, validatable } from './found.js'
import { HandleCalls } from './handle-calls.js'
import { Origins, type OriginsOptions } from './origins.js'
import { openPart } from './part.js'
import { received } from './received.js'
import { EntryResource, KnownResource, SendResource, WriterResource } from './resources.js'
import type { HostShared } from './shared.js'
import type { HostStats } from './stats.js'

export interface LocalHostOptions extends OriginsOptions {
  readonly clock: Clock
  readonly policy: Policy
  readonly store: Store
  readonly observe?: Observer
  /** Where it shows what it lends; memory of its own by default. */
  readonly standings?: SharedArrayBuffer
  /** Check the state of all transactions after every step; slow. */
  readonly invariants?: boolean
}

export class LocalHost extends HandleCalls implements LendingHost {
  readonly #shared: HostShared
  readonly #origins: Origins
  readonly #standings: Standings
  readonly #findings: Findings
  #sends = 0

  constructor(options: LocalHostOptions) {
    super()
    const { clock, policy, standings = standingsMemory() } = options
    const transactions = new Transactions({ observe: diagnostics, ...options, standings })
    this.#shared = { transactions, policy, clock }
    this.#origins = new Origins(options)
    this.#standings = new Standings(standings)
    this.#findings = new Findings(this.#shared)
  }

  send(request: RequestHead, { backend, body, entry, onInterim }: HostSendOptions): Handle {
    const fetchOf = entry === undefined ? undefined : this.#entry(entry)
    const send = this.#origins.send(request, { backend, body, onInformational: onInterim && interim(onInterim) })
    this.#sends++
    fetchOf?.fetchIsSent(send, this.#shared.clock.wallNow())
    return this.handles.open(new SendResource(send, request))
  }

  receive(handle: Handle): { head: ResponseHead; body: Handle } {
    const { send, request } = this.handles.get(handle, 'send') as SendResource
    if (!send.ready) throw new BadHandleError(handle, 'not ready')
    this.handles.remove(handle)
    const { head, body } = received(request, send.take(), this.#shared)
    return { head, body: this.openBody(body) }
  }

  /** `leaseMs`: how long the obligation of one who does not renew it is safe from those who wait; for ever by default. */
  lookup(request: RequestHead, options: LookupOptions & { readonly leaseMs?: number }): Handle {
    const { backend, waitTimeoutMs, leaseMs, madeBy } = options
    if (backend !== undefined && !this.#origins.has(backend))
      throw new SendError('DestinationNotFound', { backend, request })
    const { transactions, policy } = this.#shared
    const key = options.key ?? cacheKey(request.url)
    const known = transactions.knows(key) ? 'key' : 'nothing'
    const judge = demandsOf(request, policy)
    const entry = transactions.lookup(request, {
      key,
      ...(waitTimeoutMs !== undefined && { waitTimeoutMs }),
      ...(leaseMs !== undefined && { leaseMs }),
      ...(judge !== undefined && { judge }),
      ...(madeBy !== undefined && { madeBy: this.#entry(madeBy).entry }),
    })
    return this.handles.open(new EntryResource(entry, known, this.#findings))
  }

  state(entry: Handle): number {
    return this.#entry(entry).entry.state
  }

  report(entry: Handle): LookupReport {
    return this.#entry(entry).report(this.#shared.policy)
  }

  found(handle: Handle, adapt: boolean): Found | undefined {
    const { entry, request } = this.#entry(handle)
    const { object } = entry
    if (object === undefined || (entry.state & FOUND) === 0) return undefined
    const report = reported(object)
    if (!adapt) {
      const reader = request.method === 'HEAD' ? EMPTY : object.body.reader()
      return { head: object.head, body: this.openBody(reader), object: report }
    }
    const { head, body, standing } = this.#findings.adapted(entry, object)
    return { head, body: this.openBody(openPart(object.body, body)), object: report, standing }
  }

  suggestedRequest(entry: Handle): RequestHead {
    const resource = this.#entry(entry)
    return suggestedRequest(resource.request, validatable(resource.entry.object), this.#shared.policy)
  }

  prepare(entry: Handle, response: ResponseHead): Prepared {
    const { request, entry: opened } = this.#entry(entry)
    return prepared({ request, stored: validatable(opened.object), response }, this.#shared.policy)
  }

  validated(handle: Handle, head: ResponseHead, ageMs: number): { head: ResponseHead; body: Handle } {
    const { entry, request } = this.#entry(handle)
    const { object } = entry
    if (object === undefined) throw new BadHandleError(handle, 'has validated nothing')
    const found = { head, ageSeconds: ageMs / 1000, length: object.body.length }
    const adapted = adapt(request, found, this.#shared.policy)
    return { head: adapted.head, body: this.openBody(openPart(object.body, adapted.body)) }
  }

  suggestedOptions(handle: Handle, head: ResponseHead): WriteOptions {
    const { policy, clock } = this.#shared
    const { entry, sentWallMs } = this.#entry(handle)
    const responseWallMs = clock.wallNow()
    const requestWallMs = sentWallMs ?? responseWallMs
    return suggestedOptions(head, { policy, key: entry.key, requestWallMs, responseWallMs })
  }

  insert(entry: Handle, head: ResponseHead, options: WriteOptions): Handle {
    const writer = this.#entry(entry).entry.insert(head, options)
    return this.handles.open(new WriterResource(writer, writer))
  }

  insertAndStreamBack(handle: Handle, head: ResponseHead, options: WriteOptions): { writer: Handle; entry: Handle } {
    const { entry } = this.#entry(handle)
    const back = entry.insertAndStreamBack(head, options)
    // Who is given the whole, whatever it asked for, waits for no byte of a range.
    const findings = this.#shared.policy.transformLeader ? this.#findings : undefined
    return {
      writer: this.handles.open(new WriterResource(back.writer, back.writer)),
      entry: this.handles.open(new EntryResource(back.entry, 'key', findings)),
    }
  }

  update(entry: Handle, head: ResponseHead, options: WriteOptions): void {
    this.#entry(entry).entry.update(head, options)
  }

  updateAndReturnFresh(handle: Handle, head: ResponseHead, options: WriteOptions): Handle {
    const { entry } = this.#entry(handle)
    return this.handles.open(new EntryResource(entry.updateAndReturnFresh(head, options), 'key', this.#findings))
  }

  chooseStale(entry: Handle): void {
    this.#entry(entry).entry.chooseStale()
  }

  recordNotCacheable(
    entry: Handle,
    options: { readonly maxAgeMs: number; readonly varyNames: readonly string[] },
  ): void {
    this.#entry(entry).entry.recordNotCacheable(options)
  }

  abandon(entry: Handle, reason: AbandonReason): void {
    this.#entry(entry).entry.abandon(reason)
  }

  append(writer: Handle, body: Handle): void {
    const { sink, room } = this.writer(writer)
    const { reader } = this.body(body)
    this.handles.remove(writer)
    this.handles.remove(body)
    append(sink, reader, room)
  }

  foresee(request: RequestHead, options: Pick<LookupOptions, 'key'>): Handle {
    const key = options.key ?? cacheKey(request.url)
    const judge = demandsOf(request, this.#shared.policy)
    const { does, outcome, object, known, marked } = this.#shared.transactions.foresee(request, {
      key,
      ...(judge && { judge }),
    })
    const foreseen: Foreseen = {
      key,
      does,
      outcome,
      known,
      marked,
      object: object && reported(object),
      stored: validatable(object),
    }
    return this.handles.open(new KnownResource('foresight', foreseen))
  }

  foreseen(handle: Handle): Foreseen {
    const { value } = this.handles.get(handle, 'foresight') as KnownResource<Foreseen, 'foresight'>
    this.handles.remove(handle)
    return value
  }

  purge(target: PurgeTarget, options: { readonly soft: boolean }): Handle {
    const aim = 'url' in target ? { key: cacheKey(target.url) } : target
    return this.handles.open(new KnownResource('purge', this.#shared.transactions.purge(aim, options)))
  }

  purged(handle: Handle): number {
    const { value } = this.handles.get(handle, 'purge') as KnownResource<number, 'purge'>
    this.handles.remove(handle)
    return value
  }

  stands(standing: Standing): boolean {
    return this.#standings.stands(standing)
  }

  countHit({ cell }: Standing): number {
    return this.#standings.countHit(cell)
  }

  /** Starts the lease of an obligation anew; harmless without one. */
  renewLease(handle: Handle): void {
    const { entry } = this.#entry(handle)
    if (entry.obligation !== undefined) entry.renewLease()
  }

  /** What a ready entry has found or may validate, without opening a body or counting a hit. */
  peek(
    handle: Handle,
  ): { readonly object: Snapshot; readonly report: ObjectReport; readonly adapted: Adapted } | undefined {
    const { entry } = this.#entry(handle)
    const { object } = entry
    if (object === undefined) return undefined
    return {
      object,
      report: reported(object),
      adapted: this.#findings.adapted(entry, object),
    }
  }

  /** The transaction behind `entry`, to know it again by. */
  transaction(entry: Handle): Entry {
    return this.#entry(entry).entry
  }

  /** Whether what leads there waits for an origin, itself or through its hooks, and not for who is to go on with it. */
  isAway(entry: Handle): boolean {
    return [...waitedForBy(this.#entry(entry).entry)].some(({ isFetching }) => isFetching)
  }

  /** What a lookup that is not ready waits for, over however many others: transactions, or a body that it wants a range of. */
  waitsFor(entry: Handle): Iterable<Entry | BodyReader> {
    return this.#entry(entry).waitsFor()
  }

  stats(): HostStats {
    return {
      transactions: this.#shared.transactions.stats(),
      sends: { started: this.#sends, active: this.#origins.active },
      handles: this.handles.size,
    }
  }

  /** Ends everything that is under way; who waits gets a `ClosedError`. */
  async shutDown(): Promise<void> {
    this.#shared.transactions.close()
    await this.#origins.close()
    this.handles.closeAll()
  }

  #entry(handle: Handle): EntryResource {
    return this.handles.get(handle, 'entry') as EntryResource
  }
}

/** Interim heads have fields for one hop only, as final ones do. */
function interim(tell: (head: ResponseHead) => void): (head: ResponseHead) => void {
  return (head) => tell(forwardedHead(head))
}
