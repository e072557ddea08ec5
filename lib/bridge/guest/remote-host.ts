/** The host calls of a guest: each is a message to the host in another thread, and a handle that is ready when the host answers. */

import type { BodyReader } from '../../base/body.js'
import { sleepThread } from '../../base/thread.js'
import type { Undo } from '../../base/undo.js'
import type { Standing, Standings } from '../../cache/standings.js'
import type { RequestHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { bypassesCache, hooksOnPass } from '../../pending/bypass.js'
import type { LookupOptions } from '../../pending/host.js'
import type { LendingHost } from '../../pending/memory.js'
import { hasHooks, type RequestOptions } from '../../pending/request-options.js'
import type { SendError } from '../../pending/send-error.js'
import type { Requester } from '../../pending/surroundings.js'
import { type Handle, type Reaction, WouldDeadlockError } from '../../scheduler/index.js'
import type { Incoming } from '../incoming.js'
import type { PlaceOrder, SerializedAnswer, ToGuest } from '../line/protocol.js'
import { deserializeError } from '../line/serialized-errors.js'
import { isSameOrder } from '../repeats.js'
import type { Driving } from '../turning.js'
import { RemoteEntry } from './remote-entry.js'
import { Reply, type ReplyKind } from './reply.js'
import { expected, ReplyCalls, type ReplyCallsOptions, readerOf, streams, wholeOf } from './reply-calls.js'

export interface RemoteHostOptions extends ReplyCallsOptions {
  readonly standings: Standings
}

/** The answer of a placed request. */
export interface Placed {
  readonly answer: Answer
  /** A handle that is ready when the answer's background fetch has ended; `undefined` if the answer started none. */
  readonly revalidated: Handle | undefined
}

/** The answer of a placed request as it came over the line. */
interface Arrived {
  readonly answer: SerializedAnswer
  readonly body: BodyReader | undefined
  readonly revalidation: Reply<void> | undefined
}

export class RemoteHost extends ReplyCalls implements LendingHost {
  readonly #standings: Standings
  #lastOrder: PlaceOrder | undefined
  readonly #placements: ReplyKind<Arrived> = {
    kind: 'placement',
    decode: (say, body) => this.#arrived(say, body),
    unanswered: this.unanswered,
    untaken: ({ body, revalidation }) => {
      body?.cancel()
      revalidation?.release()
    },
    describe: (about) => `the answer to ${about?.method} ${about?.url}`,
  }
  readonly #revalidations: ReplyKind<void> = {
    ...this.simple<void>('signal', 'a background fetch', () => undefined),
    unanswered: (number) => this.mailbox.forgetRevalidation(number),
  }

  constructor(options: RemoteHostOptions) {
    super(options)
    this.#standings = options.standings
  }

  override isReady(handle: Handle): boolean {
    if (this.handles.isReady(handle)) return true
    this.mailbox.poll()
    return this.handles.isReady(handle)
  }

  override select(handles: readonly Handle[], timeoutMs?: number): number {
    return this.handles.selectBlocking(handles, timeoutMs, (left) => {
      const reaction = this.mailbox.react(left)
      if (reaction === 'never' && left === undefined)
        throw new WouldDeadlockError('handles that nobody will make ready')
      if (reaction === 'never' && left !== undefined) sleepThread(left)
    })
  }

  override react(timeoutMs?: number): Reaction {
    return this.mailbox.react(timeoutMs)
  }

  /** A request may run on the host if it has no hooks, or if none of them would be called. Throws for an unknown backend. */
  canPlace(options: RequestOptions): boolean {
    this.checkBackend(options.request, options.backend)
    if (!hasHooks(options)) return true
    return bypassesCache(options, this.policy) && !hooksOnPass(options, this.policy)
  }

  /** `requester.leftCache` is called if the request goes past the cache; `requester.madeBy` is the entry whose hook makes it. */
  place({ request, backend, key, override, body }: RequestOptions, requester?: Requester): Handle {
    this.subscriptions.update()
    const call = this.mailbox.number()
    const order = { request, backend, key, override, madeBy: this.#numberOf(requester?.madeBy) }
    if (body === undefined && isSameOrder(order, this.#lastOrder)) this.mailbox.say({ do: 'place-repeat', call })
    else this.mailbox.say({ do: 'place', call, order, streams: streams(body) }, wholeOf(body))
    this.#lastOrder = order
    const handle = this.expect(this.#placements, call, request, requester)
    this.upload(call, { request, backend, body })
    return handle
  }

  placed(handle: Handle): Placed {
    const { answer, body, revalidation } = this.take<Arrived>(handle, 'placement')
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
        maskedError: maskedError && (deserializeError(maskedError) as SendError),
        revalidation: undefined,
      },
      revalidated: revalidation && this.handles.open(revalidation),
    }
  }

  /** As `close`, but a request that leads goes on at the host, because others may wait for its fetch. */
  leave(placement: Handle): void {
    const reply = this.handles.get<Reply<Arrived>>(placement, 'placement')
    if (reply.ready) return this.close(placement)
    this.handles.remove(placement)
    this.mailbox.leave(reply.number)
  }

  /** Closes the ready handle of a background fetch. Throws its failure. */
  revalidated(handle: Handle): void {
    this.take(handle, 'signal')
  }

  /** Closes the handle of a background fetch, and ends the fetch at the host. */
  endRevalidation(handle: Handle): void {
    const reply = this.handles.get<Reply<void>>(handle, 'signal')
    if (!reply.ready) this.mailbox.sayIfConnected({ do: 'end-revalidation', revalidation: reply.number })
    this.close(handle)
  }

  lookup(request: RequestHead, { backend, key, waitTimeoutMs, madeBy }: LookupOptions): Handle {
    this.checkBackend(request, backend)
    this.subscriptions.update()
    const call = this.mailbox.number()
    const entry = new RemoteEntry(call, request, () => {
      this.mailbox.signs.end()
      this.mailbox.end(call)
    })
    this.mailbox.say({ do: 'lookup', call, request, key, waitTimeoutMs, madeBy: this.#numberOf(madeBy) })
    this.mailbox.expect(call, entry)
    this.mailbox.signs.begin()
    return this.handles.open(entry)
  }

  /** Whether a remembered response may be given again. Once the host is gone, none may: nothing would revoke it. */
  stands(standing: Standing): boolean {
    return this.#standings.stands(standing) && this.mailbox.isConnected
  }

  countHit({ cell }: Standing): number {
    return this.#standings.countHit(cell)
  }

  drivenBy(driving: Driving): void {
    this.mailbox.signs.drivenBy(driving)
  }

  onLost(listener: (failure: unknown) => void): Undo {
    return this.mailbox.onLost(listener)
  }

  shutDown(): void {
    this.handles.closeAll()
    this.mailbox.close()
  }

  /** The number of an entry on the line. */
  #numberOf(entry: Handle | undefined): number | undefined {
    return entry === undefined ? undefined : this.entry(entry).number
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

  /** Registers the reply when the answer comes, not when it is taken: the fetch may end before that. */
  #expectRevalidation(number: number): Reply<void> {
    const reply = new Reply<void>(this.#revalidations, number)
    this.mailbox.expectRevalidation(number, reply)
    return reply
  }
}
