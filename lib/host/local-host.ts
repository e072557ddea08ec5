/** The host in this thread: what is looked up, sent and purged, behind handles, and what can be seen of it from outside. */

import type { BodyReader } from '../base/body.js'
import { BadHandleError } from '../base/errors.js'
import type { Entry } from '../cache/entry.js'
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
import { append } from './append.js'
import { demandsOf } from './demands.js'
import { diagnostics } from './diagnostics.js'
import { type Adapted, reported, validatable } from './found.js'
import { Heeding } from './heeding.js'
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

  send(request: RequestHead, options: HostSendOptions): Handle {
    const { backend, body, entry, onInterim, asked = request, key } = options
    const fetchOf = entry === undefined ? undefined : this.entry(entry)
    const onInformational = onInterim && interim(onInterim, asked)
    const heed = () => new Heeding(asked, key ?? cacheKey(asked.url), this.shared)
    const send = this.#origins.send(request, { backend, body, onInformational }, heed)
    this.#sends++
    fetchOf?.fetchIsSent(send)
    return this.handles.open(new SendResource(send, request))
  }

  receive(handle: Handle): { head: ResponseHead; body: Handle; sentMs?: number | undefined } {
    const { send } = this.handles.get(handle, 'send') as SendResource
    if (!send.ready) throw new BadHandleError(handle, 'not ready')
    this.handles.remove(handle)
    const { head, body } = send.take()
    return { head, body: this.openBody(body), sentMs: send.sentMs }
  }

  /** `leaseMs`: how long the obligation of one who does not renew it is safe from those who wait; for ever by default. */
  lookup(request: RequestHead, options: LookupOptions & { readonly leaseMs?: number }): Handle {
    const { backend, waitTimeoutMs, leaseMs, madeBy } = options
    if (backend !== undefined && !this.#origins.has(backend))
      throw new SendError('DestinationNotFound', { backend, request })
    const { transactions, policy } = this.shared
    const key = options.key ?? cacheKey(request.url)
    const known = transactions.knows(key) ? 'key' : 'nothing'
    const judge = demandsOf(request, policy)
    const entry = transactions.lookup(request, {
      key,
      ...(waitTimeoutMs !== undefined && { waitTimeoutMs }),
      ...(leaseMs !== undefined && { leaseMs }),
      ...(judge !== undefined && { judge }),
      ...(madeBy !== undefined && { madeBy: this.entry(madeBy).entry }),
    })
    return this.handles.open(new EntryResource(entry, known, this.findings))
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
    const judge = demandsOf(request, this.shared.policy)
    const { does, outcome, object, known, marked } = this.shared.transactions.foresee(request, {
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
      backOffMs: 0,
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
    return this.handles.open(new KnownResource('purge', this.shared.transactions.purge(aim, options)))
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
    const { entry } = this.entry(handle)
    if (entry.obligation !== undefined) entry.renewLease()
  }

  /** What a ready entry has found or may validate, without opening a body or counting a hit. */
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

  /** The transaction behind `entry`, to know it again by. */
  transaction(entry: Handle): Entry {
    return this.entry(entry).entry
  }

  /** Whether what leads there waits for an origin, itself or through its hooks, and not for who is to go on with it. */
  isAway(entry: Handle): boolean {
    return [...waitedForBy(this.entry(entry).entry)].some(({ isFetching }) => isFetching)
  }

  /** What a lookup that is not ready waits for, over however many others: transactions, or a body that it wants a range of. */
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

  /** Ends everything that is under way; who waits gets a `ClosedError`. */
  async shutDown(): Promise<void> {
    this.shared.transactions.close()
    await this.#origins.close()
    this.handles.closeAll()
  }
}

/** Interim heads have fields for one hop only, and for this cache only, as final ones do. */
function interim(tell: (head: ResponseHead) => void, asked: RequestHead): (head: ResponseHead) => void {
  return (head) => {
    const { fields, ...line } = forwardedHead(head)
    tell({ ...line, fields: withoutSurrogateFields(asked, fields) })
  }
}
