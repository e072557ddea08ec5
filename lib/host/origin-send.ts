/** A send that is on its way: tried, and tried again if ky says so, until there is an answer, a failure, or nobody who wants it. */

import ky, { type Options } from 'ky'
import { Announcer, type Source } from '../base/announcer.js'
import type { BodyReader } from '../base/body.js'
import { AlreadyFinishedError, CancelledError, TidewaitError } from '../base/errors.js'
import { isUint8Array } from '../base/realms.js'
import type { ResponseHead } from '../http/message.js'
import type { SendError, SendErrorCode } from '../pending/send-error.js'
import { isSendError } from '../pending/send-error.js'
import { toSendError } from '../pending/to-send-error.js'
import type { Activity, Arrived, SendContext } from './attempt.js'
import { Attempt } from './attempt.js'
import { leaveBody, type Outgoing } from './outgoing.js'

/** One request that was sent. Ready until `take`. */
export interface OriginSend extends Source {
  /** The head came, or the send failed. */
  readonly ready: boolean
  /** As in `Arrived`, of the attempt that was answered. */
  readonly sentMs: number | undefined
  /** The answer, once. Throws the `SendError` of a failed send, `AlreadyFinishedError`, or `Busy` when not ready. */
  take(): Answered
  /** Gives up an answer that was not taken, and its connection. Harmless at any time; a taken body has its own `cancel`. */
  cancel(): void
}

/** What has come, for whoever takes it. */
export interface Answered {
  readonly head: ResponseHead
  readonly body: BodyReader
}

/** Whoever has to know of a send as things happen, and not when its answer is taken: that may be late, or never. */
export interface Heed {
  /** The head is there. What is given back is taken in place of this answer. */
  answered(answer: Arrived): Answered
  /** It is answered, has failed, or was given up. Harmless when repeated. */
  over(): void
}

type State =
  | { readonly kind: 'sending' }
  | { readonly kind: 'answered'; readonly answer: Answered }
  | { readonly kind: 'failed'; readonly error: SendError }
  | { readonly kind: 'taken' }
  | { readonly kind: 'cancelled' }

/** Methods that may be sent twice (RFC 9110 9.2.2), but for `TRACE`. */
const IDEMPOTENT: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

/** Failures that may be gone a moment later. */
const PASSING: ReadonlySet<SendErrorCode> = new Set([
  'DnsTimeout',
  'DnsError',
  'DestinationUnavailable',
  'ConnectionRefused',
  'ConnectionTerminated',
  'ConnectionTimeout',
  'HttpIncompleteResponse',
  'HttpResponseTimeout',
])

/** What was sent again is not sent once more (RFC 9110 9.2.2). */
const MOST_STALE = 1

/** What ky is given for a response: the real head and body go past it, as they are. */
const ANSWERED = new Response(null)

export class PendingSend extends Announcer implements OriginSend, Activity {
  #state: State = { kind: 'sending' }
  /** What has to be ended when the send is: an attempt, or the wait before the next. */
  #step: Activity | undefined
  #sentMs: number | undefined
  readonly #heed: Heed | undefined

  constructor(
    private readonly outgoing: Outgoing,
    private readonly context: SendContext,
    heed?: () => Heed,
  ) {
    super()
    this.#heed = heed?.()
    context.activities.add(this)
    const { backend } = outgoing
    const only = this.#attempt()
    const last = this.#isRepeatable && backend.retry.limit > 0 ? only.catch(() => this.#tryAgain(only)) : only
    last.then(
      (answer) => this.#answered(answer),
      (error: unknown) => this.#fail(error),
    )
  }

  get ready(): boolean {
    return this.#state.kind !== 'sending'
  }

  get sentMs(): number | undefined {
    return this.#sentMs
  }

  take(): Answered {
    const state = this.#state
    switch (state.kind) {
      case 'sending':
        throw new TidewaitError('Busy', 'the origin has not answered yet')
      case 'failed':
        throw state.error
      case 'cancelled':
        throw new CancelledError()
      case 'taken':
        throw new AlreadyFinishedError('take')
      case 'answered':
        this.#state = { kind: 'taken' }
        return state.answer
    }
  }

  cancel(): void {
    const state = this.#state
    if (state.kind !== 'sending' && state.kind !== 'answered') return
    this.#settle({ kind: 'cancelled' })
    if (state.kind === 'answered') state.answer.body.cancel()
    else this.#step?.abort(new CancelledError())
  }

  /** Ends the send with a `SendError` of this `cause`. */
  abort(cause: Error): void {
    if (this.ready) return
    this.#fail(cause)
    this.#step?.abort(cause)
  }

  /** Retries are ky's: after which failures, how often. How long to wait goes by the clock, so ky itself waits no time. */
  async #tryAgain(failed: Promise<Arrived>): Promise<Arrived> {
    const { method, url } = this.outgoing.request
    const attempts = [failed]
    const answers: Arrived[] = []
    await ky(url, {
      method,
      fetch: async () => {
        answers.push(await (attempts.pop() ?? this.#attempt()))
        return ANSWERED
      },
      throwHttpErrors: false,
      timeout: false,
      ...this.#retries(),
    })
    const [answer] = answers
    if (answer === undefined) throw new CancelledError()
    return answer
  }

  #retries(): Options {
    const { backend, request } = this.outgoing
    return {
      retry: {
        limit: backend.retry.limit,
        methods: [request.method.toLowerCase()],
        delay: () => 0,
        shouldRetry: ({ error }) => !this.ready && isSendError(error) && PASSING.has(error.code),
      },
      hooks: { beforeRetry: [({ retryCount }) => this.#pause(retryCount)] },
    }
  }

  /** One try, as far as anybody can tell: an origin may close a connection it has kept just as that is used again. */
  async #attempt(): Promise<Arrived> {
    for (let stale = 0; ; stale++) {
      if (this.ready) throw new CancelledError()
      const attempt = new Attempt(this.outgoing, this.context)
      this.#step = attempt
      try {
        return await attempt.answer
      } catch (failure) {
        if (stale === MOST_STALE || !this.#goesAgain(attempt)) throw failure
      }
    }
  }

  /** What was lost with a kept connection may not have arrived (RFC 9112 9.3.1); what was not sent has not. */
  #goesAgain({ lostAt }: Attempt): boolean {
    return lostAt === 'unsent' || (lostAt === 'unanswered' && this.#isRepeatable)
  }

  get #isRepeatable(): boolean {
    const { request, body } = this.outgoing
    return IDEMPOTENT.includes(request.method) && (body === undefined || isUint8Array(body))
  }

  #pause(retryCount: number): Promise<void> {
    const { delayMs, maxDelayMs } = this.outgoing.backend.retry
    return new Promise((resolve, reject) => {
      const stopTimer = this.context.clock.setTimer(Math.min(delayMs * 2 ** (retryCount - 1), maxDelayMs), resolve)
      this.#step = {
        abort(reason) {
          stopTimer()
          reject(reason)
        },
      }
    })
  }

  #answered(arrived: Arrived): void {
    if (this.ready) return
    this.#sentMs = arrived.sentMs
    let answer: Answered = arrived
    try {
      if (this.#heed !== undefined) answer = this.#heed.answered(arrived)
    } catch (error) {
      arrived.body.cancel()
      return this.#fail(error)
    }
    this.#settle({ kind: 'answered', answer })
  }

  #fail(error: unknown): void {
    const { label: backend, request } = this.outgoing
    this.#settle({ kind: 'failed', error: toSendError(error, { backend, request }) })
  }

  /** What comes after the end, from an attempt that was under way, changes nothing any more. */
  #settle(state: State): void {
    if (this.#state.kind !== 'sending' && state.kind !== 'cancelled') return
    this.#state = state
    if (state.kind !== 'answered') leaveBody(this.outgoing)
    this.context.activities.delete(this)
    this.#heed?.over()
    this.announce()
  }
}
