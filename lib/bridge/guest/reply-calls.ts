/** The calls of a guest that end with one answer of the host and open no entry: send, foresee, purge, stats and ping. */

import type { BodyReader } from '../../base/body.js'
import { isUint8Array } from '../../base/realms.js'
import { EMPTY } from '../../host/empty-body.js'
import type { Resource } from '../../host/resource.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { Foreseen, HostSendOptions, LookupOptions, PurgeTarget, RequestBody } from '../../pending/host.js'
import { backendNameOf, type RequestOptions } from '../../pending/request-options.js'
import { SendError } from '../../pending/send-error.js'
import type { Requester } from '../../pending/surroundings.js'
import type { Handle } from '../../scheduler/index.js'
import { Incoming } from '../incoming.js'
import type { ToGuest } from '../line/protocol.js'
import { inlineBody } from './inline-body.js'
import type { RemoteEntry } from './remote-entry.js'
import { Reply, type ReplyKind } from './reply.js'
import { Subscriptions } from './subscriptions.js'
import { TransactionCalls, type TransactionCallsOptions } from './transaction-calls.js'

export interface ReplyCallsOptions extends TransactionCallsOptions {
  /** The names of the host's backends. An unknown name is an error at the call. */
  readonly backends: readonly string[]
}

interface Received {
  readonly head: ResponseHead
  readonly body: BodyReader
}

export abstract class ReplyCalls extends TransactionCalls {
  protected readonly subscriptions: Subscriptions
  protected readonly unanswered = (call: number) => this.mailbox.end(call)
  readonly #backends: ReadonlySet<string>
  readonly #sends: ReplyKind<Received> = {
    kind: 'send',
    decode: (say, body) => ({ head: expected(say, 'received').head, body: readerOf(body) }),
    unanswered: this.unanswered,
    untaken: ({ body }) => body.cancel(),
    describe: (about) => `the origin's answer to ${about?.method} ${about?.url}`,
  }
  readonly #purges = this.simple('purge', 'a purge', (say) => expected(say, 'purged').affected)
  readonly #foresights = this.simple('foresight', 'a foresight', (say) => expected(say, 'foreseen').foreseen)
  readonly #statistics = this.simple('signal', 'the statistics', (say) => expected(say, 'stats').stats)
  readonly #pongs = this.simple<void>('signal', 'a ping', () => undefined)

  constructor(options: ReplyCallsOptions) {
    super(options)
    this.#backends = new Set(options.backends)
    this.subscriptions = new Subscriptions((say) => options.mailbox.sayIfConnected(say))
    this.subscriptions.update()
  }

  hasBackend(name: string): boolean {
    return this.#backends.has(name)
  }

  send(request: RequestHead, { backend, body, asked, key, entry, onInterim }: HostSendOptions): Handle {
    this.checkBackend(request, backend)
    this.subscriptions.update()
    const call = this.mailbox.number()
    const opened = entry === undefined ? undefined : this.entry(entry)
    const whose = { request, asked, key, backend, entry: opened?.number }
    const said = { do: 'send', call, ...whose, streams: streams(body) } as const
    this.mailbox.say(said, wholeOf(body))
    const handle = this.expect(
      opened === undefined ? this.#sends : this.#fetchOf(opened),
      call,
      request,
      onInterim && { interim: onInterim },
    )
    this.upload(call, { request, backend, body })
    return handle
  }

  /** The reply to a leader's fetch, which also tells `entry` when the host sent the request. */
  #fetchOf(entry: RemoteEntry): ReplyKind<Received> {
    return {
      ...this.#sends,
      decode: (say, body) => {
        entry.sentMs = expected(say, 'received').sentMs
        return this.#sends.decode(say, body)
      },
    }
  }

  receive(send: Handle): { head: ResponseHead; body: Handle } {
    const { head, body } = this.take<Received>(send, 'send')
    return { head, body: this.openBody(body) }
  }

  foresee(request: RequestHead, { key }: Pick<LookupOptions, 'key'>): Handle {
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'foresee', call, request, key })
    return this.expect(this.#foresights, call)
  }

  foreseen(handle: Handle): Foreseen {
    return this.take<Foreseen>(handle, 'foresight')
  }

  purge(target: PurgeTarget, { soft }: { readonly soft: boolean }): Handle {
    this.subscriptions.update()
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'purge', call, target, soft })
    return this.expect(this.#purges, call)
  }

  purged(purge: Handle): number {
    return this.take<number>(purge, 'purge')
  }

  /** The host's own statistics. Blocks the thread for one round trip. */
  stats(): unknown {
    this.subscriptions.update()
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'stats', call })
    const handle = this.expect(this.#statistics, call)
    this.mailbox.blockUntil(() => this.handles.isReady(handle))
    return this.take<unknown>(handle, 'signal')
  }

  /** A handle that is ready when the host has answered. For measuring round trips. */
  ping(): Handle {
    const call = this.mailbox.number()
    this.mailbox.say({ do: 'ping', call })
    return this.expect(this.#pongs, call)
  }

  protected expect<T>(kind: ReplyKind<T>, call: number, about?: RequestHead, requester?: Partial<Requester>): Handle {
    const reply = new Reply<T>(kind, call, about, requester)
    this.mailbox.expect(call, reply)
    return this.handles.open(reply)
  }

  protected simple<T>(kind: Resource['kind'], what: string, decode: (say: ToGuest) => T): ReplyKind<T> {
    return { kind, decode, unanswered: this.unanswered, describe: () => what }
  }

  protected take<T>(handle: Handle, kind: Resource['kind']): T {
    const reply = this.handles.get<Reply<T>>(handle, kind)
    this.handles.remove(handle)
    return reply.value
  }

  protected upload(
    call: number,
    { request, backend, body }: Pick<RequestOptions, 'request' | 'backend' | 'body'>,
  ): void {
    if (body === undefined || !isStream(body)) return
    const failure = (cause: unknown) =>
      new SendError('IoError', { backend: backendNameOf({ backend, request }), request, cause })
    this.mailbox.upload(call, body, failure)
  }

  protected checkBackend(request: RequestHead, backend: string | undefined): void {
    if (backend !== undefined && !this.hasBackend(backend))
      throw new SendError('DestinationNotFound', { backend, request })
  }
}

export function expected<K extends ToGuest['is']>(say: ToGuest, is: K): Extract<ToGuest, { is: K }> {
  if (say.is !== is) throw new Error(`the host said ${say.is} in place of ${is}`)
  return say as Extract<ToGuest, { is: K }>
}

/** A reader of the body that came with a message; an empty one if the message had none. */
export function readerOf(body: Incoming | readonly Uint8Array[] | undefined): BodyReader {
  if (body === undefined) return EMPTY
  return body instanceof Incoming ? body : inlineBody(body)
}

function isStream(body: RequestBody): body is AsyncIterable<Uint8Array> {
  return !isUint8Array(body)
}

/** The bytes of a request body that crosses in the same message as its request. */
export function wholeOf(body: RequestBody | undefined): Uint8Array | undefined {
  return body === undefined || isStream(body) ? undefined : body
}

/** Whether a request body follows piece by piece, as the `streams` field of a message says it. */
export function streams(body: RequestBody | undefined): true | undefined {
  return body !== undefined && isStream(body) ? true : undefined
}
