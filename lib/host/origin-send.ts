/** One send: makes attempts, retried as ky decides, until there is an answer, a final failure, or a cancel. */

import ky, { type Options } from 'ky'
import { Announcer, type Source } from '../base/announcer.js'
import type { BodyReader } from '../base/body.js'
import { AlreadyFinishedError, CancelledError, TidewaitError } from '../base/errors.js'
import type { ResponseHead } from '../http/message.js'
import { isSendError, type SendError, type SendErrorCode } from '../pending/send-error.js'
import { toSendError } from '../pending/to-send-error.js'
import { type Activity, type Arrived, Attempt, type SendContext } from './attempt.js'
import { abandonBody, isRepeatable, type Outgoing } from './outgoing.js'

/** One request that was sent. Once ready, it stays ready. */
export interface OriginSend extends Source {
  /** Whether the head has come, or the send has failed or was cancelled. */
  readonly ready: boolean
  /** `Arrived.sentMs` of the attempt that was answered. */
  readonly sentMs: number | undefined
  /** The answer, once. Throws the `SendError` of a failed send, `AlreadyFinishedError`, or `Busy` when not ready. */
  take(): Answered
  /** Gives up an answer that was not taken, and its connection. Harmless at any time; a taken body has its own `cancel`. */
  cancel(): void
}

/** An answer that can be taken. */
export interface Answered {
  readonly head: ResponseHead
  readonly body: BodyReader
}

/** Processes the answer of a send as soon as the head comes: `take` may be called much later, or never. */
export interface AnswerProcessor {
  /** The head has come. `take` gives the returned answer in place of this one. */
  answered(answer: Arrived): Answered
  /** The send was answered, has failed, or was cancelled. Harmless when repeated. */
  ended(): void
}

type State =
  | { readonly kind: 'sending' }
  | { readonly kind: 'answered'; readonly answer: Answered }
  | { readonly kind: 'failed'; readonly error: SendError }
  | { readonly kind: 'taken' }
  | { readonly kind: 'cancelled' }

/** Failures after which a retry may succeed. */
const TRANSIENT: ReadonlySet<SendErrorCode> = new Set([
  'DnsTimeout',
  'DnsError',
  'DestinationUnavailable',
  'ConnectionRefused',
  'ConnectionTerminated',
  'ConnectionTimeout',
  'HttpIncompleteResponse',
  'HttpResponseTimeout',
])

/** How often a request is sent again because a reused connection was lost: a failed resend is not resent (RFC 9110 9.2.2). */
const MOST_RESENDS = 1

/** What ky gets as a response. The real head and body do not pass through ky. */
const ANSWERED = new Response(null)

export class PendingSend extends Announcer implements OriginSend, Activity {
  #state: State = { kind: 'sending' }
  /** What ends with the send: the current attempt, or the wait before the next one. */
  #step: Activity | undefined
  #sentMs: number | undefined
  readonly #processor: AnswerProcessor | undefined

  constructor(
    private readonly outgoing: Outgoing,
    private readonly context: SendContext,
    openProcessor?: () => AnswerProcessor,
  ) {
    super()
    this.#processor = openProcessor?.()
    context.activities.add(this)
    const { backend } = outgoing
    const firstTry = this.#attempt()
    const outcome =
      isRepeatable(outgoing) && backend.retry.limit > 0 ? firstTry.catch(() => this.#retry(firstTry)) : firstTry
    outcome.then(
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

  /** Lets ky decide whether to retry. The wait before a retry goes by `context.clock`, so ky itself is told to wait no time. */
  async #retry(failed: Promise<Arrived>): Promise<Arrived> {
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
      ...this.#kyOptions(),
    })
    const [answer] = answers
    if (answer === undefined) throw new CancelledError()
    return answer
  }

  #kyOptions(): Options {
    const { backend, request } = this.outgoing
    return {
      retry: {
        limit: backend.retry.limit,
        methods: [request.method.toLowerCase()],
        delay: () => 0,
        shouldRetry: ({ error }) => !this.ready && isSendError(error) && TRANSIENT.has(error.code),
      },
      hooks: { beforeRetry: [({ retryCount }) => this.#pause(retryCount)] },
    }
  }

  /**
   * One try, which makes a second attempt if the first was lost with a reused connection: an origin may close an idle connection
   * just as a request is sent on it. That attempt does not count as a retry.
   */
  async #attempt(): Promise<Arrived> {
    for (let resends = 0; ; resends++) {
      if (this.ready) throw new CancelledError()
      const attempt = new Attempt(this.outgoing, this.context)
      this.#step = attempt
      try {
        return await attempt.answer
      } catch (failure) {
        if (resends === MOST_RESENDS || !this.#mayResend(attempt)) throw failure
      }
    }
  }

  /** Whether a request lost with a reused connection may be sent again: unsent, or unanswered and repeatable (RFC 9112 9.3.1). */
  #mayResend({ lostAt }: Attempt): boolean {
    return lostAt === 'unsent' || (lostAt === 'unanswered' && isRepeatable(this.outgoing))
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
      if (this.#processor !== undefined) answer = this.#processor.answered(arrived)
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

  /** Settles the send once, except that an answered send can still be cancelled. An attempt under way may report after that. */
  #settle(state: State): void {
    if (this.#state.kind !== 'sending' && state.kind !== 'cancelled') return
    this.#state = state
    if (state.kind !== 'answered') abandonBody(this.outgoing)
    this.context.activities.delete(this)
    this.#processor?.ended()
    this.announce()
  }
}
