/** The cache transaction calls of a guest: the `RemoteEntry` answers what it can; changes, and calls for a body, are sent on. */

import type { Clock } from '../../base/clock.js'
import { BadHandleError } from '../../base/errors.js'
import { type AbandonReason, checkCommitOptions, checkDuration, checkNames } from '../../cache/commit-options.js'
import { FOUND } from '../../cache/outcome.js'
import { append as appendHere } from '../../host/append.js'
import { HandleCalls } from '../../host/handle-calls.js'
import { type AdaptedResponse, adapt as adaptResponse } from '../../http/adapt.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import { suggestedOptions, type WriteOptions } from '../../http/options.js'
import type { Policy } from '../../http/policy.js'
import type { Found, LookupReport, Prepared } from '../../pending/host.js'
import { prepared } from '../../pending/prepare.js'
import type { Handle } from '../../scheduler/index.js'
import { Incoming } from '../incoming.js'
import { serializeError } from '../line/serialized-errors.js'
import { inlineBody } from './inline-body.js'
import type { Mailbox } from './mailbox.js'
import { RemoteEntry } from './remote-entry.js'
import { RemoteSink } from './remote-sink.js'

export interface TransactionCallsOptions {
  readonly mailbox: Mailbox
  readonly policy: Policy
  readonly clock: Clock
}

export abstract class TransactionCalls extends HandleCalls {
  protected readonly mailbox: Mailbox
  protected readonly policy: Policy
  protected readonly clock: Clock

  constructor({ mailbox, policy, clock }: TransactionCallsOptions) {
    super()
    this.mailbox = mailbox
    this.policy = policy
    this.clock = clock
  }

  state(entry: Handle): number {
    return this.entry(entry).state
  }

  report(entry: Handle): LookupReport {
    return this.entry(entry).said.report
  }

  found(handle: Handle, adapt: boolean): Found | undefined {
    const entry = this.entry(handle)
    const { stored, adapted, object, standing } = entry.said
    if ((entry.state & FOUND) === 0 || stored === undefined || adapted === undefined || object === undefined)
      return undefined
    if (adapt && entry.inHand !== undefined) {
      const body = this.openBody(inlineBody(entry.inHand))
      return { head: adapted.head, body, object, standing }
    }
    const whole = { head: stored, body: entry.request.method === 'HEAD' ? ('none' as const) : ('whole' as const) }
    const { head, body: part } = adapt ? adapted : whole
    return { head, body: this.#openPart(entry, part), object }
  }

  suggestedRequest(entry: Handle): RequestHead {
    return this.entry(entry).said.suggested
  }

  prepare(handle: Handle, response: ResponseHead): Prepared {
    const { request, said } = this.entry(handle)
    const { isWhole, stored, object } = said
    return prepared({ request, stored: isWhole ? stored : undefined, object, response }, this.policy)
  }

  validated(handle: Handle, head: ResponseHead, ageMs: number): { head: ResponseHead; body: Handle } {
    const entry = this.entry(handle)
    const { request, said } = entry
    if (said.stored === undefined) throw new BadHandleError(handle, 'has validated nothing')
    const adapted = adaptResponse(request, { head, ageSeconds: ageMs / 1000, length: said.length }, this.policy)
    return { head: adapted.head, body: this.#openPart(entry, adapted.body) }
  }

  suggestedOptions(handle: Handle, head: ResponseHead): WriteOptions {
    const { said, sentMs } = this.entry(handle)
    const nowMs = this.clock.now()
    const timing = { delayMs: nowMs - (sentMs ?? nowMs), responseWallMs: this.clock.wallNow() }
    return suggestedOptions(head, { policy: this.policy, key: said.report.key, ...timing })
  }

  insert(handle: Handle, head: ResponseHead, options: WriteOptions): Handle {
    checkCommitOptions(options)
    const entry = this.entry(handle)
    entry.fulfil(handle)
    const writer = this.mailbox.number()
    this.mailbox.say({ do: 'insert', entry: entry.number, writer, head, options })
    return this.#openWriter(writer)
  }

  insertAndStreamBack(handle: Handle, head: ResponseHead, options: WriteOptions): { writer: Handle; entry: Handle } {
    checkCommitOptions(options)
    const entry = this.entry(handle)
    entry.fulfil(handle)
    const writer = this.mailbox.number()
    const { back, handle: read } = this.#readBack(entry)
    this.mailbox.say({ do: 'insert', entry: entry.number, writer, back, head, options })
    return { writer: this.#openWriter(writer), entry: read }
  }

  update(handle: Handle, head: ResponseHead, options: WriteOptions): void {
    checkCommitOptions(options)
    const entry = this.entry(handle)
    entry.update(handle)
    this.mailbox.say({ do: 'update', entry: entry.number, head, options })
  }

  updateAndReturnFresh(handle: Handle, head: ResponseHead, options: WriteOptions): Handle {
    checkCommitOptions(options)
    const entry = this.entry(handle)
    entry.update(handle)
    const { back, handle: read } = this.#readBack(entry)
    this.mailbox.say({ do: 'update', entry: entry.number, back, head, options })
    return read
  }

  chooseStale(handle: Handle): void {
    const entry = this.entry(handle)
    entry.chooseStale(handle)
    this.mailbox.expect(entry.number, entry)
    this.mailbox.say({ do: 'choose-stale', entry: entry.number })
  }

  recordNotCacheable(
    handle: Handle,
    { maxAgeMs, varyNames }: { readonly maxAgeMs: number; readonly varyNames: readonly string[] },
  ): void {
    checkDuration('maxAgeMs', maxAgeMs)
    checkNames(varyNames)
    const entry = this.entry(handle)
    entry.fulfil(handle)
    entry.forget()
    this.mailbox.say({ do: 'record', entry: entry.number, maxAgeMs, varyNames })
  }

  abandon(handle: Handle, reason: AbandonReason): void {
    const entry = this.entry(handle)
    entry.fulfil(handle)
    const said =
      reason.because === 'failed' ? { because: 'failed' as const, error: serializeError(reason.error) } : reason
    this.mailbox.say({ do: 'abandon', entry: entry.number, reason: said })
  }

  /** A body that the host still holds never crosses: the host appends it there. */
  append(writer: Handle, body: Handle): void {
    const { sink } = this.writer(writer)
    const { reader } = this.body(body)
    this.handles.remove(writer)
    this.handles.remove(body)
    if (!(sink instanceof RemoteSink)) return appendHere(sink, reader)
    const stream = reader instanceof Incoming ? this.mailbox.giveBack(reader) : undefined
    if (stream !== undefined) return sink.append(stream)
    sink.fedByHost()
    appendHere(sink, reader, sink)
  }

  /** Opens the entry that reads back what was stored. The host says what that found: a purge may have come meanwhile, for one. */
  #readBack({ request }: RemoteEntry): { readonly back: number; readonly handle: Handle } {
    const back = this.mailbox.number()
    const entry = new RemoteEntry(back, request, () => this.mailbox.end(back))
    this.mailbox.expect(back, entry)
    return { back, handle: this.handles.open(entry) }
  }

  #openPart({ number, said }: RemoteEntry, part: AdaptedResponse['body']): Handle {
    const { stream, body } = this.mailbox.openStream(said)
    this.mailbox.say({ do: 'open', entry: number, stream, part })
    return this.openBody(body)
  }

  #openWriter(number: number): Handle {
    const sink = new RemoteSink(this.mailbox, number)
    return this.openWriter(sink, sink)
  }

  protected entry(handle: Handle): RemoteEntry {
    return this.handles.get<RemoteEntry>(handle, 'entry')
  }
}
