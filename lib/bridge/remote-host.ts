/** A host in another thread, with the same host calls: it says what is wanted, and hears when it is done. */

import type { BodyReader } from '../base/body.js'
import type { Clock } from '../base/clock.js'
import { BadHandleError } from '../base/errors.js'
import { sleepThread } from '../base/thread.js'
import { checkCommitOptions, checkDuration, checkNames } from '../cache/commit-options.js'
import { FOUND, USABLE } from '../cache/outcome.js'
import type { Standing, Standings } from '../cache/standings.js'
import { append as pour } from '../host/append.js'
import { EMPTY } from '../host/empty-body.js'
import { HandleCalls } from '../host/handle-calls.js'
import type { Resource } from '../host/handles.js'
import { adapt as adaptResponse } from '../http/client.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { suggestedOptions, type WriteOptions } from '../http/options.js'
import type { Policy } from '../http/policy.js'
import type { Answer } from '../pending/answer.js'
import { goesPast, hooksOnPass, type RequestOptions } from '../pending/context.js'
import type { Foreseen } from '../pending/explain.js'
import type {
  AbandonReason,
  Found,
  HostSendOptions,
  LookupOptions,
  LookupReport,
  ObjectReport,
  Prepared,
  PurgeTarget,
  RequestBody,
} from '../pending/host.js'
import type { LendingHost } from '../pending/memory.js'
import { prepared } from '../pending/prepare.js'
import { SendError } from '../pending/send-error.js'
import { type Handle, type Reaction, WouldDeadlockError } from '../scheduler/index.js'
import { Incoming } from './inbox.js'
import { inlineBody } from './inline-body.js'
import { Listening } from './listening.js'
import type { Mailbox } from './mailbox.js'
import type { SpokenAnswer, SpokenEntry, ToGuest } from './protocol.js'
import { RemoteEntry } from './remote-entry.js'
import { RemoteSink } from './remote-sink.js'
import { Reply, type ReplyKind, type Whose } from './reply.js'
import { heard, spoken } from './spoken-errors.js'
import { TurnSigns } from './turning.js'

export interface RemoteHostOptions {
  readonly mailbox: Mailbox
  readonly policy: Policy
  readonly clock: Clock
  /** The backends the host knows, so that an unknown one is an error at the call. */
  readonly backends: readonly string[]
  readonly standings: Standings
}

/** A placed request that is answered. */
export interface Placed {
  readonly answer: Answer
  /** Ready when the background fetch of the answer has ended; there is one if this is. */
  readonly revalidated: Handle | undefined
}

interface Received {
  readonly head: ResponseHead
  readonly body: BodyReader
}

/** A placed request's answer as it came. */
interface Arrived {
  readonly answer: SpokenAnswer
  readonly body: BodyReader | undefined
  readonly revalidation: Reply<void> | undefined
}

export class RemoteHost extends HandleCalls implements LendingHost {
  readonly #mailbox: Mailbox
  readonly #policy: Policy
  readonly #clock: Clock
  readonly #backends: ReadonlySet<string>
  readonly #standings: Standings
  readonly #signs: TurnSigns
  readonly #listening: Listening
  readonly #unanswered = (call: number) => this.#mailbox.end(call)
  readonly #placements: ReplyKind<Arrived> = {
    kind: 'placement',
    heard: (say, body) => this.#arrived(say, body),
    unanswered: this.#unanswered,
    untaken: ({ body, revalidation }) => {
      body?.cancel()
      revalidation?.release()
    },
    describe: (about) => `the answer to ${about?.method} ${about?.url}`,
  }
  readonly #sends: ReplyKind<Received> = {
    kind: 'send',
    heard: (say, body) => ({ head: expected(say, 'received').head, body: readerOf(body) }),
    unanswered: this.#unanswered,
    untaken: ({ body }) => body.cancel(),
    describe: (about) => `the origin's answer to ${about?.method} ${about?.url}`,
  }
  readonly #purges = this.#simple('purge', 'a purge', (say) => expected(say, 'purged').affected)
  readonly #foresights = this.#simple('foresight', 'a foresight', (say) => expected(say, 'foreseen').foreseen)
  readonly #statistics = this.#simple('signal', 'the statistics', (say) => expected(say, 'stats').stats)
  readonly #pongs = this.#simple<void>('signal', 'a ping', () => undefined)
  readonly #revalidations: ReplyKind<void> = {
    ...this.#simple<void>('signal', 'a background fetch', () => undefined),
    unanswered: (number) => this.#mailbox.forgetRevalidation(number),
  }

  constructor(options: RemoteHostOptions) {
    super()
    this.#mailbox = options.mailbox
    this.#signs = new TurnSigns(() => options.mailbox.turn())
    this.#policy = options.policy
    this.#clock = options.clock
    this.#backends = new Set(options.backends)
    this.#listening = new Listening((say) => options.mailbox.tellIfAlive(say))
    this.#listening.look()
    this.#standings = options.standings
  }

  isReady(handle: Handle): boolean {
    if (this.handles.isReady(handle)) return true
    this.#mailbox.look()
    return this.handles.isReady(handle)
  }

  select(handles: readonly Handle[], timeoutMs?: number): number {
    return this.handles.selectBlocking(handles, timeoutMs, (left) => {
      const reaction = this.#mailbox.react(left)
      if (reaction === 'never' && left === undefined)
        throw new WouldDeadlockError('handles that nobody will make ready')
      if (reaction === 'never' && left !== undefined) sleepThread(left)
    })
  }

  react(timeoutMs?: number): Reaction {
    return this.#mailbox.react(timeoutMs)
  }

  /** Requests without hooks run on the host; so do those whose hooks would not be called. Throws for an unknown backend. */
  canPlace(options: RequestOptions): boolean {
    this.#checkBackend(options.request, options.backend)
    const { beforeSend, afterSend } = options.hooks
    if (beforeSend === undefined && afterSend === undefined) return true
    return goesPast(options, this.#policy) && !hooksOnPass(options, this.#policy)
  }

  /** `whose` is told when it leaves the cache. */
  place({ request, backend, key, override, body }: RequestOptions, whose?: Whose): Handle {
    this.#listening.look()
    const call = this.#mailbox.number()
    const order = { request, backend, key, override }
    this.#mailbox.say({ do: 'place', call, order, streams: streams(body) }, bytesOf(body))
    const handle = this.#expect(this.#placements, call, request, whose)
    this.#upload(call, { request, backend, body })
    return handle
  }

  placed(handle: Handle): Placed {
    const { answer, body, revalidation } = this.#take<Arrived>(handle, 'placement')
    const { source, head, object, standing, lookup, forwardStatus, maskedError } = answer
    return {
      answer: {
        source,
        head,
        body: body && this.openBody(body),
        object,
        standing,
        lookup,
        forwardStatus,
        maskedError: maskedError && (heard(maskedError) as SendError),
        revalidation: undefined,
      },
      revalidated: revalidation && this.handles.open(revalidation),
    }
  }

  /** Throws what the background fetch failed with. */
  revalidated(handle: Handle): void {
    this.#take(handle, 'signal')
  }

  send(request: RequestHead, { backend, body, entry }: HostSendOptions): Handle {
    this.#checkBackend(request, backend)
    const call = this.#mailbox.number()
    const opened = entry === undefined ? undefined : this.#entry(entry)
    if (opened !== undefined) opened.sentWallMs = this.#clock.wallNow()
    const said = { do: 'send', call, request, backend, entry: opened?.number, streams: streams(body) } as const
    this.#mailbox.say(said, bytesOf(body))
    const handle = this.#expect(this.#sends, call, request)
    this.#upload(call, { request, backend, body })
    return handle
  }

  receive(send: Handle): { head: ResponseHead; body: Handle } {
    const { head, body } = this.#take<Received>(send, 'send')
    return { head, body: this.openBody(body) }
  }

  lookup(request: RequestHead, { backend, key, waitTimeoutMs }: LookupOptions): Handle {
    this.#checkBackend(request, backend)
    this.#listening.look()
    const call = this.#mailbox.number()
    const entry = new RemoteEntry(call, request, () => {
      this.#signs.end()
      this.#mailbox.end(call)
    })
    this.#mailbox.say({ do: 'lookup', call, request, key, waitTimeoutMs })
    this.#mailbox.expect(call, entry)
    this.#signs.begin()
    return this.handles.open(entry)
  }

  state(entry: Handle): number {
    return this.#entry(entry).state
  }

  report(entry: Handle): LookupReport {
    return this.#entry(entry).said.report
  }

  found(handle: Handle, adapt: boolean): Found | undefined {
    const entry = this.#entry(handle)
    const { stored, adapted, object, length, standing } = entry.said
    if ((entry.state & FOUND) === 0 || stored === undefined || adapted === undefined || object === undefined)
      return undefined
    if (adapt && entry.inHand !== undefined) {
      const body = this.openBody(inlineBody(entry.inHand))
      return { head: adapted, body, object, standing }
    }
    const { stream, body } = this.#mailbox.openStream(length)
    this.#mailbox.say({ do: 'open', entry: entry.number, stream, adapt })
    return { head: adapt ? adapted : stored, body: this.openBody(body), object }
  }

  suggestedRequest(entry: Handle): RequestHead {
    return this.#entry(entry).said.suggested
  }

  prepare(handle: Handle, response: ResponseHead): Prepared {
    const { request, said } = this.#entry(handle)
    return prepared({ request, stored: said.isWhole ? said.stored : undefined, response }, this.#policy)
  }

  validated(handle: Handle, head: ResponseHead, ageMs: number): { head: ResponseHead; body: Handle } {
    const { number, request, said } = this.#entry(handle)
    if (said.stored === undefined) throw new BadHandleError(handle, 'has validated nothing')
    const adapted = adaptResponse(request, { head, ageSeconds: ageMs / 1000, length: said.length }, this.#policy)
    const { stream, body } = this.#mailbox.openStream(said.length)
    this.#mailbox.say({ do: 'open-part', entry: number, stream, part: adapted.body })
    return { head: adapted.head, body: this.openBody(body) }
  }

  suggestedOptions(handle: Handle, head: ResponseHead): WriteOptions {
    const { said, sentWallMs } = this.#entry(handle)
    const responseWallMs = this.#clock.wallNow()
    const requestWallMs = sentWallMs ?? responseWallMs
    return suggestedOptions(head, { policy: this.#policy, key: said.report.key, requestWallMs, responseWallMs })
  }

  insert(handle: Handle, head: ResponseHead, options: WriteOptions): Handle {
    checkCommitOptions(options)
    const entry = this.#entry(handle)
    entry.fulfil(handle)
    const writer = this.#mailbox.number()
    this.#mailbox.say({ do: 'insert', entry: entry.number, writer, head, options })
    return this.#openWriter(writer)
  }

  insertAndStreamBack(handle: Handle, head: ResponseHead, options: WriteOptions): { writer: Handle; entry: Handle } {
    checkCommitOptions(options)
    const entry = this.#entry(handle)
    entry.fulfil(handle)
    const writer = this.#mailbox.number()
    const back = this.#mailbox.number()
    this.#mailbox.say({ do: 'insert', entry: entry.number, writer, back, head, options })
    return { writer: this.#openWriter(writer), entry: this.#readBack(entry, back, head, options, options.length) }
  }

  update(handle: Handle, head: ResponseHead, options: WriteOptions): void {
    checkCommitOptions(options)
    const entry = this.#entry(handle)
    entry.fulfil(handle)
    this.#mailbox.say({ do: 'update', entry: entry.number, head, options })
  }

  updateAndReturnFresh(handle: Handle, head: ResponseHead, options: WriteOptions): Handle {
    checkCommitOptions(options)
    const entry = this.#entry(handle)
    entry.fulfil(handle)
    const back = this.#mailbox.number()
    this.#mailbox.say({ do: 'update', entry: entry.number, back, head, options })
    return this.#readBack(entry, back, head, options, entry.said.length)
  }

  chooseStale(handle: Handle): void {
    const entry = this.#entry(handle)
    entry.chooseStale(handle)
    this.#mailbox.say({ do: 'choose-stale', entry: entry.number })
  }

  recordNotCacheable(
    handle: Handle,
    { maxAgeMs, varyNames }: { readonly maxAgeMs: number; readonly varyNames: readonly string[] },
  ): void {
    checkDuration('maxAgeMs', maxAgeMs)
    checkNames(varyNames)
    const entry = this.#entry(handle)
    entry.fulfil(handle)
    entry.forget()
    this.#mailbox.say({ do: 'record', entry: entry.number, maxAgeMs, varyNames })
  }

  abandon(handle: Handle, reason: AbandonReason): void {
    const entry = this.#entry(handle)
    entry.fulfil(handle)
    const said = reason.because === 'failed' ? { because: 'failed' as const, error: spoken(reason.error) } : reason
    this.#mailbox.say({ do: 'abandon', entry: entry.number, reason: said })
  }

  /** A body that has not arrived yet never has to: the host moves it over there. */
  append(writer: Handle, body: Handle): void {
    const { sink } = this.writer(writer)
    const { reader } = this.body(body)
    this.handles.remove(writer)
    this.handles.remove(body)
    const stream = sink instanceof RemoteSink && reader instanceof Incoming ? this.#mailbox.giveBack(reader) : undefined
    if (stream === undefined) pour(sink, reader)
    else this.#mailbox.say({ do: 'append', writer: (sink as RemoteSink).number, stream })
  }

  foresee(request: RequestHead, { key }: Pick<LookupOptions, 'key'>): Handle {
    const call = this.#mailbox.number()
    this.#mailbox.say({ do: 'foresee', call, request, key })
    return this.#expect(this.#foresights, call)
  }

  foreseen(handle: Handle): Foreseen {
    return this.#take<Foreseen>(handle, 'foresight')
  }

  purge(target: PurgeTarget, { soft }: { readonly soft: boolean }): Handle {
    this.#listening.look()
    const call = this.#mailbox.number()
    this.#mailbox.say({ do: 'purge', call, target, soft })
    return this.#expect(this.#purges, call)
  }

  purged(purge: Handle): number {
    return this.#take<number>(purge, 'purge')
  }

  /** A host that is gone vouches for nothing. */
  stands(standing: Standing): boolean {
    return this.#standings.stands(standing) && this.#mailbox.isInTouch
  }

  countHit({ cell }: Standing): number {
    return this.#standings.countHit(cell)
  }

  /** The host's own statistics, as they are now: blocks for one round trip. */
  stats(): unknown {
    this.#listening.look()
    const call = this.#mailbox.number()
    this.#mailbox.say({ do: 'stats', call })
    const handle = this.#expect(this.#statistics, call)
    while (!this.handles.isReady(handle)) this.#mailbox.react(undefined)
    return this.#take<unknown>(handle, 'signal')
  }

  /** Ready when the host has answered; for measuring the way there and back. */
  ping(): Handle {
    const call = this.#mailbox.number()
    this.#mailbox.say({ do: 'ping', call })
    return this.#expect(this.#pongs, call)
  }

  shutDown(): void {
    this.handles.closeAll()
    this.#mailbox.close()
  }

  #expect<T>(kind: ReplyKind<T>, call: number, about?: RequestHead, whose?: Whose): Handle {
    const reply = new Reply<T>(kind, call, about, whose)
    this.#mailbox.expect(call, reply)
    return this.handles.open(reply)
  }

  #simple<T>(kind: Resource['kind'], what: string, heard: (say: ToGuest) => T): ReplyKind<T> {
    return { kind, heard, unanswered: this.#unanswered, describe: () => what }
  }

  #arrived(say: ToGuest, bytes: Incoming | readonly Uint8Array[] | undefined): Arrived {
    const { answer, body } = expected(say, 'answered')
    const { revalidation } = answer
    return {
      answer,
      body: body.kind === 'none' ? undefined : readerOf(bytes),
      revalidation: revalidation === undefined ? undefined : this.#expectRevalidation(revalidation),
    }
  }

  /** Registered when the answer comes, whoever takes it later: the end may be told before that. */
  #expectRevalidation(number: number): Reply<void> {
    const reply = new Reply<void>(this.#revalidations, number)
    this.#mailbox.expectRevalidation(number, reply)
    return reply
  }

  #take<T>(handle: Handle, kind: Resource['kind']): T {
    const reply = this.handles.get(handle, kind) as unknown as Reply<T>
    this.handles.remove(handle)
    return reply.value
  }

  #upload(call: number, { request, backend, body }: Pick<RequestOptions, 'request' | 'backend' | 'body'>): void {
    if (body === undefined || !isStream(body)) return
    const failure = (cause: unknown) =>
      new SendError('IoError', { backend: backend ?? new URL(request.url).origin, request, cause })
    this.#mailbox.upload(call, body, failure)
  }

  /** What the host will find there, known before it does: the guest committed it. */
  #readBack(
    entry: RemoteEntry,
    back: number,
    head: ResponseHead,
    options: WriteOptions,
    length: number | undefined,
  ): Handle {
    const object: ObjectReport = {
      ageMs: options.initialAgeMs,
      isPast: options.initialAgeMs >= options.maxAgeMs,
      maxAgeMs: options.maxAgeMs,
      swrMs: options.staleWhileRevalidateMs,
      sieMs: options.staleIfErrorMs,
      hits: 0,
      varyNames: options.varyNames,
      surrogateKeys: options.surrogateKeys,
      sensitive: options.sensitive,
    }
    const { request, said } = entry
    const adapted = adaptResponse(request, { head, ageSeconds: options.initialAgeMs / 1000, length }, this.#policy).head
    const read: SpokenEntry = {
      ...said,
      state: FOUND_AND_USABLE,
      object,
      stored: head,
      isWhole: false,
      adapted,
      length,
    }
    return this.handles.open(new RemoteEntry(back, request, () => this.#mailbox.end(back), read))
  }

  #openWriter(number: number): Handle {
    return this.openWriter(new RemoteSink(this.#mailbox, number))
  }

  #entry(handle: Handle): RemoteEntry {
    return this.handles.get(handle, 'entry') as RemoteEntry
  }

  #checkBackend(request: RequestHead, backend: string | undefined): void {
    if (backend !== undefined && !this.#backends.has(backend))
      throw new SendError('DestinationNotFound', { backend, request })
  }
}

const FOUND_AND_USABLE = FOUND | USABLE

function expected<K extends ToGuest['is']>(say: ToGuest, is: K): Extract<ToGuest, { is: K }> {
  if (say.is !== is) throw new Error(`the host said ${say.is} in place of ${is}`)
  return say as Extract<ToGuest, { is: K }>
}

/** A message that has no body was about something that has none. */
function readerOf(body: Incoming | readonly Uint8Array[] | undefined): BodyReader {
  if (body === undefined) return EMPTY
  return body instanceof Incoming ? body : inlineBody(body)
}

function isStream(body: RequestBody): body is AsyncIterable<Uint8Array> {
  return !(body instanceof Uint8Array)
}

function bytesOf(body: RequestBody | undefined): Uint8Array | undefined {
  return body === undefined || isStream(body) ? undefined : body
}

function streams(body: RequestBody | undefined): true | undefined {
  return body !== undefined && isStream(body) ? true : undefined
}
