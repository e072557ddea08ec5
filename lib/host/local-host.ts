/** The host in this thread: lookups, sends and purges behind handles, and what the bridge and `stats` need to see of them. */

import type { BodyReader } from '../base/body.js'
import { BadHandleError } from '../base/errors.js'
import type { Entry } from '../cache/entry.js'
import type { Lease } from '../cache/lease.js'
import type { Snapshot } from '../cache/snapshot.js'
import { type Standing, Standings, standingsMemory } from '../cache/standings.js'
import { Transactions, type TransactionsOptions } from '../cache/transactions.js'
import { waitedForBy } from '../cache/wait-cycle.js'
import { forwardedHead } from '../http/hop.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { withoutSurrogateFields } from '../http/surrogate-fields.js'
import type { Foreseen, HostSendOptions, LookupOptions, ObjectReport, PurgeTarget } from '../pending/host.js'
import type { LendingHost } from '../pending/memory.js'
import { SendError } from '../pending/send-error.js'
import type { Handle } from '../scheduler/index.js'
import { AnswerProcessing } from './answer-processing.js'
import { append } from './append.js'
import { judgeFor } from './demands.js'
import { diagnostics } from './diagnostics.js'
import { type Adapted, reported, validatable } from './found.js'
import { Origins, type OriginsOptions } from './origins.js'
import { EntryResource, KnownResource, SendResource } from './resources.js'
import type { HostStats } from './stats.js'
import { TransactionCalls } from './transaction-calls.js'

export type LocalHostOptions = OriginsOptions & TransactionsOptions

export class LocalHost extends TransactionCalls implements LendingHost {
  readonly #origins: Origins
  readonly #standings: Standings
  #sends = 0

  constructor(options: LocalHostOptions) {
    const { clock, policy, standings = standingsMemory() } = options
    super({ transactions: new Transactions({ observe: diagnostics, ...options, standings }), policy, clock })
    this.#origins = new Origins(options)
    this.#standings = new Standings(standings)
  }

  hasBackend(name: string): boolean {
    return this.#origins.has(name)
  }

  send(request: RequestHead, options: HostSendOptions): Handle {
    const { backend, body, entry, onInterim, asked = request, key } = options
    const fetchOf = entry === undefined ? undefined : this.entry(entry)
    const onInformational = onInterim && interim(onInterim, asked)
    const openProcessor = () => new AnswerProcessing(asked, key ?? cacheKey(asked.url), this.shared, fetchOf?.entry)
    const send = this.#origins.send(request, { backend, body, onInformational }, openProcessor)
    this.#sends++
    fetchOf?.fetchIsSent(send)
    return this.handles.open(new SendResource(send, request))
  }

  receive(handle: Handle): { head: ResponseHead; body: Handle; sentMs?: number | undefined } {
    const { send } = this.handles.get<SendResource>(handle, 'send')
    if (!send.ready) throw new BadHandleError(handle, 'not ready')
    this.handles.remove(handle)
    const { head, body } = send.take()
    return { head, body: this.openBody(body), sentMs: send.sentMs }
  }

  /** `lease`: how long an obligation lasts without `renewLease` before it may go to a waiter. By default it lasts for ever. */
  lookup(request: RequestHead, options: LookupOptions & { readonly lease?: Lease }): Handle {
    const { backend, key, waitTimeoutMs, lease, madeBy } = options
    if (backend !== undefined && !this.hasBackend(backend))
      throw new SendError('DestinationNotFound', { backend, request })
    const { transactions, policy } = this.shared
    const entry = transactions.lookup(request, {
      key: key ?? cacheKey(request.url),
      waitTimeoutMs,
      lease,
      judge: judgeFor(request, policy),
      madeBy: madeBy === undefined ? undefined : this.entry(madeBy).entry,
    })
    return this.handles.open(new EntryResource(entry, this.findings))
  }

  append(writer: Handle, body: Handle): void {
    const { sink, room } = this.writer(writer)
    const { reader } = this.body(body)
    this.handles.remove(writer)
    this.handles.remove(body)
    append(sink, reader, room)
  }

  foresee(request: RequestHead, { key = cacheKey(request.url) }: Pick<LookupOptions, 'key'>): Handle {
    const judge = judgeFor(request, this.shared.policy)
    const { object, ...foresight } = this.shared.transactions.foresee(request, { key, judge })
    const foreseen: Foreseen = {
      key,
      ...foresight,
      object: object && reported(object),
      stored: validatable(object),
    }
    return this.handles.open(new KnownResource('foresight', foreseen))
  }

  foreseen(handle: Handle): Foreseen {
    return this.#taken<Foreseen>(handle, 'foresight')
  }

  purge(target: PurgeTarget, options: { readonly soft: boolean }): Handle {
    const aim = 'url' in target ? { key: cacheKey(target.url) } : target
    return this.handles.open(new KnownResource('purge', this.shared.transactions.purge(aim, options)))
  }

  purged(handle: Handle): number {
    return this.#taken<number>(handle, 'purge')
  }

  stands(standing: Standing): boolean {
    return this.#standings.stands(standing)
  }

  countHit({ cell }: Standing): number {
    return this.#standings.countHit(cell)
  }

  /** Restarts the lease of the entry's obligation. Harmless if the entry has none. */
  renewLease(handle: Handle): void {
    const { entry } = this.entry(handle)
    if (entry.leads !== undefined) entry.renewLease()
  }

  /** The object that a ready entry has found or may validate. Opens no body, and counts no hit. */
  peek(
    handle: Handle,
  ): { readonly object: Snapshot; readonly report: ObjectReport; readonly adapted: Adapted } | undefined {
    const { entry } = this.entry(handle)
    const { object } = entry
    if (object === undefined) return undefined
    return {
      object,
      report: reported(object),
      adapted: this.findings.adapted(entry, object),
    }
  }

  /** The transaction behind `entry`, for comparison by identity. */
  transaction(entry: Handle): Entry {
    return this.entry(entry).entry
  }

  /** Whether the transaction behind `entry`, or one that it or its hooks wait for, has a fetch that its origin has yet to answer. */
  waitsForOrigin(entry: Handle): boolean {
    return [...waitedForBy(this.entry(entry).entry)].some(({ isFetching }) => isFetching)
  }

  /** What a lookup that is not ready waits for, directly and indirectly: other transactions, or the body that it asks a range of. */
  waitsFor(entry: Handle): Iterable<Entry | BodyReader> {
    return this.entry(entry).waitsFor()
  }

  stats(): HostStats {
    return {
      transactions: this.shared.transactions.stats(),
      sends: { started: this.#sends, active: this.#origins.active },
      handles: this.handles.size,
    }
  }

  /** Ends everything that is under way. Waits fail with `ClosedError`. */
  async shutDown(): Promise<void> {
    this.shared.transactions.close()
    await this.#origins.close()
    this.handles.closeAll()
  }

  #taken<T>(handle: Handle, kind: KnownResource<T>['kind']): T {
    const { value } = this.handles.get<KnownResource<T>>(handle, kind)
    this.handles.remove(handle)
    return value
  }
}

/** Passes on 1xx heads without hop-by-hop fields and without fields for this cache only, as is done with final heads. */
function interim(tell: (head: ResponseHead) => void, asked: RequestHead): (head: ResponseHead) => void {
  return (head) => {
    const { fields, ...line } = forwardedHead(head)
    tell({ ...line, fields: withoutSurrogateFields(asked, fields) })
  }
}
