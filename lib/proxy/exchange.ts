/** Carries out one request that the parser has read, from its head to the last byte of its answer. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache } from '../client/cache.js'
import { gatewayStatus } from '../client/writing/gateway-status.js'
import { writeWhole } from '../client/writing/write-whole.js'
import type { RequestOptions } from '../pending/request-options.js'
import { isSendError } from '../pending/send-error.js'
import { type AccessRecord, requestLine } from './access-log.js'
import type { Connection } from './connection.js'
import type { Inquiries, Inquiry } from './inquiry.js'
import type { Settings } from './options.js'
import { HEAD_TOO_LARGE, type Refusal, RefusedError, refuse } from './refusal.js'
import { upload } from './upload.js'

/** What all exchanges of one proxy share. */
export interface ExchangeParts {
  readonly cache: Cache<unknown>
  readonly settings: Settings
  readonly inquiries: Inquiries
}

/** A request as it came from the parser. */
export interface Arrival {
  readonly connection: Connection
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly expects: 'continue' | 'nothing' | 'unknown'
}

/** Closes the connection, because a client may or may not send its body after this answer (RFC 9110 10.1.1). */
const UNKNOWN_EXPECTATION: Refusal = { status: 417, why: 'nothing but 100-continue', connection: 'close' }

export class Exchange {
  readonly #shared: ExchangeParts
  readonly #arrival: Arrival
  #outcome: AccessRecord['outcome'] = 'refused'
  #error: AccessRecord['error']

  constructor(shared: ExchangeParts, arrival: Arrival) {
    this.#shared = shared
    this.#arrival = arrival
    const { accessLog } = shared.settings
    if (accessLog !== undefined) this.#logWhenEnded(accessLog)
  }

  /** Never throws: a failure becomes an answer, or ends the connection. */
  run(): void {
    this.#attempt(() => this.#begin())
  }

  #attempt(step: () => void): void {
    try {
      step()
    } catch (failure) {
      this.#fail(failure)
    }
  }

  #begin(): void {
    const { inquiries, settings } = this.#shared
    const { connection, request, response, expects } = this.#arrival
    if (expects === 'unknown') throw new RefusedError(UNKNOWN_EXPECTATION)
    const inquiry = inquiries.of(request)
    connection.taken(inquiry)
    if (connection.headOctets > settings.maxHeadBytes) throw new RefusedError(HEAD_TOO_LARGE)
    // Holds until there is an answer; the client may be gone before that.
    this.#outcome = 'failed'
    connection.whenAllowed(response, inquiry, () => this.#attempt(() => this.#carryOut(inquiry, expects)))
  }

  #carryOut({ options, bodyBytes, recallKey }: Inquiry, expects: 'continue' | 'nothing'): void {
    const { request, response } = this.#arrival
    if (recallKey !== undefined && this.#recall(recallKey, options)) return
    if (bodyBytes === 0) return this.#forward(options, recallKey)
    const { maxBodyBytes: maxBytes } = this.#shared.settings
    this.#forward({ ...options, body: upload({ request, response, maxBytes, expects }) }, undefined)
  }

  /** Answers a remembered hit at once, without a coroutine or a promise, in one write. Returns whether there was one. */
  #recall(key: string, options: RequestOptions): boolean {
    const { cache, settings } = this.#shared
    const answer = cache.requests.recall(key, options)
    if (answer === undefined) return false
    this.#outcome = 'hit'
    writeWhole(this.#arrival.response, answer, settings.via)
    return true
  }

  #forward(options: RequestOptions, recallKey: Inquiry['recallKey']): void {
    const { cache, settings } = this.#shared
    const pending = cache.requests.beginNew(options, recallKey)
    // Not `then`: the answer to a hit may be sent, and logged, before a promise settles.
    if (settings.accessLog !== undefined) {
      pending.onFinish(() => {
        if (pending.state !== 'returned') return
        const { source, maskedError } = pending.answer()
        this.#outcome = source
        this.#error = maskedError?.code
      })
    }
    const onFailure = (failure: unknown) => this.#fail(failure)
    pending.answerClient(this.#arrival.response, { onFailure, more: settings.via })
  }

  #fail(failure: unknown): void {
    const { response, connection } = this.#arrival
    const own = ownRefusal(failure)
    const refusal = own ?? gatewayRefusal(failure)
    if (own === undefined && isSendError(failure)) this.#error = failure.code
    // An answer that has begun is cut off.
    if (!response.headersSent) this.#outcome = own === undefined ? 'failed' : 'refused'
    if (refusal.connection === 'close') connection.fate = 'refused'
    if (!response.destroyed) refuse(response, refusal)
  }

  #logWhenEnded(accessLog: (record: AccessRecord) => void): void {
    const { connection, request, response } = this.#arrival
    const { clock } = this.#shared.settings
    const startedAtMs = clock.wallNow()
    const started = clock.now()
    const client = connection.remoteAddress ?? '-'
    let bytes: number | undefined
    // The first listener, because a later one may begin to write the next answer of the pipeline, which must not be counted here.
    response.prependOnceListener('finish', () => {
      bytes = connection.takeSent()
    })
    response.once('close', () => {
      accessLog({
        startedAtMs,
        client,
        ...requestLine(request),
        status: response.headersSent ? response.statusCode : 0,
        bytes: bytes ?? connection.takeSent(),
        durationMs: clock.now() - started,
        outcome: connection.refusedAnswer === response ? 'refused' : this.#outcome,
        end: response.writableFinished ? 'whole' : 'cut',
        error: this.#error,
      })
    })
  }
}

/** The refusal behind `failure`, if that is one: a refused request body fails the send with a `SendError`. */
function ownRefusal(failure: unknown): Refusal | undefined {
  const cause = failure instanceof Error ? failure.cause : undefined
  for (const error of [failure, cause]) if (error instanceof RefusedError) return error.refusal
  return undefined
}

function gatewayRefusal(failure: unknown): Refusal {
  const why = isSendError(failure) ? failure.code : 'no answer could be had'
  return { status: gatewayStatus(failure), why, connection: 'keep' }
}
