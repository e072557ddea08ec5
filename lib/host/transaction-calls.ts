/** The cache transaction calls of a host in this thread: each acts on the entry behind a handle, and applies the HTTP rules. */

import { BadHandleError } from '../base/errors.js'
import type { AbandonReason } from '../cache/commit-options.js'
import { FOUND } from '../cache/outcome.js'
import { adapt as adaptResponse } from '../http/adapt.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { suggestedOptions, type WriteOptions } from '../http/options.js'
import { suggestedRequest } from '../http/revalidation.js'
import type { Found, LookupReport, Prepared } from '../pending/host.js'
import { prepared } from '../pending/prepare.js'
import type { Handle } from '../scheduler/index.js'
import { EMPTY } from './empty-body.js'
import { Findings, reported, validatable } from './found.js'
import { HandleCalls } from './handle-calls.js'
import { openPart } from './part.js'
import { EntryResource, WriterResource } from './resources.js'
import type { HostShared } from './shared.js'

export abstract class TransactionCalls extends HandleCalls {
  protected readonly shared: HostShared
  protected readonly findings: Findings

  constructor(shared: HostShared) {
    super()
    this.shared = shared
    this.findings = new Findings(shared)
  }

  state(entry: Handle): number {
    return this.entry(entry).entry.state
  }

  report(entry: Handle): LookupReport {
    const { policy, transactions } = this.shared
    return this.entry(entry).report(policy, (key) => transactions.backOffMs(key))
  }

  found(handle: Handle, adapt: boolean): Found | undefined {
    const { entry, request } = this.entry(handle)
    const { object } = entry
    if (object === undefined || (entry.state & FOUND) === 0) return undefined
    const report = reported(object)
    if (!adapt) {
      const reader = request.method === 'HEAD' ? EMPTY : object.body.reader()
      return { head: object.head, body: this.openBody(reader), object: report }
    }
    const { head, body, standing } = this.findings.adapted(entry, object)
    return { head, body: this.openBody(openPart(object.body, body)), object: report, standing }
  }

  suggestedRequest(entry: Handle): RequestHead {
    const { request, entry: opened } = this.entry(entry)
    const { object } = opened
    return suggestedRequest(request, object?.source.isRefuted ? undefined : validatable(object), this.shared.policy)
  }

  prepare(entry: Handle, response: ResponseHead): Prepared {
    const { request, entry: opened } = this.entry(entry)
    const { object } = opened
    const parts = { request, stored: validatable(object), object: object && reported(object), response }
    return prepared(parts, this.shared.policy)
  }

  validated(handle: Handle, head: ResponseHead, ageMs: number): { head: ResponseHead; body: Handle } {
    const { entry, request } = this.entry(handle)
    const { object } = entry
    if (object === undefined) throw new BadHandleError(handle, 'has validated nothing')
    const found = { head, ageSeconds: ageMs / 1000, length: object.body.length }
    const adapted = adaptResponse(request, found, this.shared.policy)
    return { head: adapted.head, body: this.openBody(openPart(object.body, adapted.body)) }
  }

  suggestedOptions(handle: Handle, head: ResponseHead): WriteOptions {
    const { policy, clock } = this.shared
    const { entry, sentMs } = this.entry(handle)
    const nowMs = clock.now()
    const timing = { delayMs: nowMs - (sentMs ?? nowMs), responseWallMs: clock.wallNow() }
    return suggestedOptions(head, { policy, key: entry.key, ...timing })
  }

  insert(entry: Handle, head: ResponseHead, options: WriteOptions): Handle {
    const writer = this.entry(entry).entry.insert(head, options)
    return this.handles.open(new WriterResource(writer, writer))
  }

  insertAndStreamBack(handle: Handle, head: ResponseHead, options: WriteOptions): { writer: Handle; entry: Handle } {
    const { entry } = this.entry(handle)
    const back = entry.insertAndStreamBack(head, options)
    // Without `transformLeader` the leader gets the whole body even for a range request, and waits for no byte of the range.
    const findings = this.shared.policy.transformLeader ? this.findings : undefined
    return {
      writer: this.handles.open(new WriterResource(back.writer, back.writer)),
      entry: this.handles.open(new EntryResource(back.entry, findings)),
    }
  }

  update(entry: Handle, head: ResponseHead, options: WriteOptions): void {
    this.entry(entry).entry.update(head, options)
  }

  updateAndReturnFresh(handle: Handle, head: ResponseHead, options: WriteOptions): Handle {
    const { entry } = this.entry(handle)
    return this.handles.open(new EntryResource(entry.updateAndReturnFresh(head, options), this.findings))
  }

  chooseStale(entry: Handle): void {
    this.entry(entry).entry.chooseStale()
  }

  recordNotCacheable(
    entry: Handle,
    options: { readonly maxAgeMs: number; readonly varyNames: readonly string[] },
  ): void {
    this.entry(entry).entry.recordNotCacheable(options)
  }

  abandon(entry: Handle, reason: AbandonReason): void {
    this.entry(entry).entry.abandon(reason)
  }

  protected entry(handle: Handle): EntryResource {
    return this.handles.get<EntryResource>(handle, 'entry')
  }
}
