/** A host in another thread, with the same host calls: it says what is wanted, and hears when it is done. */

import type { BodyReader } from '../../base/body.js'
import { sleepThread } from '../../base/thread.js'
import type { Undo } from '../../base/undo.js'
import type { Standing, Standings } from '../../cache/standings.js'
import type { RequestHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { bypassesCache, hooksOnPass } from '../../pending/bypass.js'
import type { Requester } from '../../pending/context.js'
import type { LookupOptions } from '../../pending/host.js'
import type { LendingHost } from '../../pending/memory.js'
import { hasHooks, type RequestOptions } from '../../pending/request-options.js'
import type { SendError } from '../../pending/send-error.js'
import { type Handle, type Reaction, WouldDeadlockError } from '../../scheduler/index.js'
import { isSameOrder } from '../alike.js'
import type { Incoming } from '../incoming.js'
import type { PlaceOrder, SpokenAnswer, ToGuest } from '../line/protocol.js'
import { heard } from '../line/spoken-errors.js'
import type { Driving } from '../turning.js'
import { RemoteEntry } from './remote-entry.js'
import { Reply, type ReplyKind } from './reply.js'
import { expected, ReplyCalls, type ReplyCallsOptions, readerOf, streams, wholeOf } from './reply-calls.js'

export interface RemoteHostOptions extends ReplyCallsOptions {
  readonly standings: Standings
}

/** A placed request that is answered. */
export interface Placed {
  readonly answer: Answer
  /** Ready when the background fetch of the answer has ended; there is one if this is. */
  readonly revalidated: Handle | undefined
}

/** A placed request's answer as it came. */
interface Arrived {
  readonly answer: SpokenAnswer
  readonly body: BodyReader | undefined
  readonly revalidation: Reply<void> | undefined
}

export class RemoteHost extends ReplyCalls implements LendingHost {
  readonly #standings: Standings
  #lastOrder: PlaceOrder | undefined
  readonly #placements: ReplyKind<Arrived> = {
    kind: 'placement',
    heard: (say, body) => this.#arrived(say, body),
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
    this.mailbox.look()
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

  /** Requests without hooks run on the host; so do those whose hooks would not be called. Throws for an unknown backend. */
  canPlace(options: RequestOptions): boolean {
    this.checkBackend(options.request, options.backend)
    if (!hasHooks(options)) return true
    return bypassesCache(options, this.policy) && !hooksOnPass(options, this.policy)
  }

  /** `requester` is told when it leaves the cache, and says whose hook asks. */
  place({ request, backend, key, override, body }: RequestOptions, requester?: Requester): Handle {
    this.listening.look()
    const call = this.mailbox.number()
    const order = { request, backend, key, override, madeBy: this.#numberOf(requester?.madeBy) }
    if (body === undefined && isSameOrder(order, this.#lastOrder)) this.mailbox.say({ do: 'place-alike', call })
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
    this.take(handle, 'signal')
  }

  /** The background fetch ends over there too. */
  endRevalidation(handle: Handle): void {
    const reply = this.handles.get(handle, 'signal') as unknown as Reply<void>
    if (!reply.ready) this.mailbox.tellIfAlive({ do: 'end-revalidation', revalidation: reply.number })
    this.close(handle)
  }

  lookup(request: RequestHead, { backend, key, waitTimeoutMs, madeBy }: LookupOptions): Handle {
    this.checkBackend(request, backend)
    this.listening.look()
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

  /** A host that is gone vouches for nothing. */
  stands(standing: Standing): boolean {
    return this.#standings.stands(standing) && this.mailbox.isInTouch
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

  /** What the host calls an entry of this guest. */
  #numberOf(entry: Handle | undefined): number | undefined {
    return entry === undefined ? undefined : (this.handles.get(entry, 'entry') as RemoteEntry).number
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
}
