/** A host in another thread, with the same host calls: it says what is wanted, and hears when it is done. */

import type { BodyReader } from '../../base/body.js'
import { sleepThread } from '../../base/thread.js'
import type { Standing, Standings } from '../../cache/standings.js'
import { EMPTY } from '../../host/empty-body.js'
import type { Resource } from '../../host/resource.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { goesPast, hooksOnPass, type Requester, type RequestOptions } from '../../pending/context.js'
import type { Foreseen, HostSendOptions, LookupOptions, PurgeTarget, RequestBody } from '../../pending/host.js'
import type { LendingHost } from '../../pending/memory.js'
import { SendError } from '../../pending/send-error.js'
import { type Handle, type Reaction, WouldDeadlockError } from '../../scheduler/index.js'
import { isSameOrder } from '../alike.js'
import { Incoming } from '../inbox.js'
import type { PlaceOrder, SpokenAnswer, ToGuest } from '../line/protocol.js'
import { heard } from '../line/spoken-errors.js'
import { inlineBody } from './inline-body.js'
import { Listening } from './listening.js'
import { RemoteEntry } from './remote-entry.js'
import { Reply, type ReplyKind } from './reply.js'
import { TransactionCalls, type TransactionCallsOptions } from './transaction-calls.js'

export interface RemoteHostOptions extends TransactionCallsOptions {
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

export class RemoteHost extends TransactionCalls implements LendingHost {
  readonly #backends: ReadonlySet<string>
  readonly #standings: Standings
  readonly #listening: Listening
  #lastOrder: PlaceOrder | undefined
  readonly #unanswered = (call: number) => this.mailbox.end(call)
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
    unanswered: (number) => this.mailbox.forgetRevalidation(number),
  }

  constructor(options: RemoteHostOptions) {
    super(options)
    this.#backends = new Set(options.backends)
    this.#listening = new Listening((say) => options.mailbox.tellIfAlive(say))
    this.#listening.look()
    this.#standings = options.standings
  }

  isReady(handle: Handle): boolean {
    if (this.handles.isReady(handle)) return true
    this.mailbox.look()
    return this.handles.isReady(handle)
  }

  select(handles: readonly Handle[], timeoutMs?: number): number {
    return this.handles.selectBlocking(handles, timeoutMs, (left) => {
      const reaction = this.mailbox.react(left)
      if (reaction === 'never' && left === undefined)
        throw new WouldDeadlockError('handles that nobody will make ready')
      if (reaction === 'never' && left !== undefined) sleepThread(left)
    })
  }

  react(timeoutMs?: number): Reaction {
    return this.mailbox.react(timeoutMs)
  }

  /** Requests without hooks run on the host; so do those whose hooks would not be called. Throws for an unknown backend. */
  canPlace(options: RequestOptions): boolean {
    this.#checkBackend(options.request, options.backend)
    const { beforeSend, afterSend } = options.hooks
    if (beforeSend === undefined && afterSend === undefined) return true
    return goesPast(options, this.policy) && !hooksOnPass(options, this.policy)
  }

  /** `requester` is told when it leaves the cache. */
  place({ request, backend, key, override, body }: RequestOptions, requester?: Requester): Handle {
    this.#listening.look()
    const call = this.mailbox.number()
    const order = { request, backend, key, override }
    if (body === undefined && isSameOrder(order, this.#lastOrder)) this.mailbox.say({ do: 'place-alike', call })
    else this.mailbox.say({ do: 'place', call, order, streams: streams(body) }, bytesOf(body))
    this.#lastOrder = order
    const handle = this.#expect(this.#placements, call, request, requester)
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

  /** As `close`; but a request that leads over there goes on without this guest, for others may wait for its fetch. */
  leave(placement: Handle): void {
    const reply = this.handles.get(placement, 'placement') as unknown as Reply<Arrived>
    if (reply.ready) return this.close(placement)
    this.handles.remove(placement)
    this.mailbox.leave(reply.number)
  }

  /** Throws what the background fetch failed with. */
  revalidated(handle: Handle): void {
    this.#take(handle, 'signal')
  }

  send(request: RequestHead, { backend, body, entry }: HostSendOptions): Handle {
    this.#checkBackend(request, backend)
    const call = this.mailbox.number()
    const opened = entry === undefined ? undefined : this.entry(entry)
    if (opened !== undefined) opened.sentWallMs = this.clock.wallNow()
    const said = { do: 'send', call, request, backend, entry: opened?.number, streams: streams(body) } as const
    this.mailbox.say(said, bytesOf(body))
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
    const call = this.mailbox.number()
    const entry = new RemoteEntry(call, request, () => {
      this.mailbox.signs.end()
      this.mailbox.end(call)
    })
    this.mailbox.say({ do: 'lookup', call, request, key, waitTimeoutMs })
    this.mailbox.expect(call, entry)
    this.mailbox.signs.begin()
    return this.handles.open(entry)
  }

  foresee(request: RequestHead, { key }: Pick<LookupOptions, 'key'>): Handle {
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'foresee', call, request, key })
    return this.#expect(this.#foresights, call)
  }

  foreseen(handle: Handle): Foreseen {
    return this.#take<Foreseen>(handle, 'foresight')
  }

  purge(target: PurgeTarget, { soft }: { readonly soft: boolean }): Handle {
    this.#listening.look()
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'purge', call, target, soft })
    return this.#expect(this.#purges, call)
  }

  purged(purge: Handle): number {
    return this.#take<number>(purge, 'purge')
  }

  /** A host that is gone vouches for nothing. */
  stands(standing: Standing): boolean {
    return this.#standings.stands(standing) && this.mailbox.isInTouch
  }

  countHit({ cell }: Standing): number {
    return this.#standings.countHit(cell)
  }

  /** The host's own statistics, as they are now: blocks for one round trip. */
  stats(): unknown {
    this.#listening.look()
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'stats', call })
    const handle = this.#expect(this.#statistics, call)
    while (!this.handles.isReady(handle)) this.mailbox.react(undefined)
    return this.#take<unknown>(handle, 'signal')
  }

  /** Ready when the host has answered; for measuring the way there and back. */
  ping(): Handle {
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'ping', call })
    return this.#expect(this.#pongs, call)
  }

  shutDown(): void {
    this.handles.closeAll()
    this.mailbox.close()
  }

  #expect<T>(kind: ReplyKind<T>, call: number, about?: RequestHead, requester?: Requester): Handle {
    const reply = new Reply<T>(kind, call, about, requester)
    this.mailbox.expect(call, reply)
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
    this.mailbox.expectRevalidation(number, reply)
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
    this.mailbox.upload(call, body, failure)
  }

  #checkBackend(request: RequestHead, backend: string | undefined): void {
    if (backend !== undefined && !this.#backends.has(backend))
      throw new SendError('DestinationNotFound', { backend, request })
  }
}

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
