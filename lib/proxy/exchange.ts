/** One request of a client, from its head to the last byte of its answer. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache } from '../client/cache.js'
import { gatewayStatus } from '../client/gateway-status.js'
import type { PendingRequest } from '../client/pending-request.js'
import { isSendError } from '../pending/send-error.js'
import type { AccessRecord } from './access-log.js'
import { readIncoming } from './incoming.js'
import type { Settings } from './options.js'
import { type Refusal, RefusedError, refuse } from './refusal.js'
import { upload } from './upload.js'

export interface ExchangeParts {
  readonly cache: Cache<unknown>
  readonly settings: Settings
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly expects: 'continue' | 'nothing'
  /** Called where nothing that follows on the connection may be taken for a request. */
  readonly condemn: () => void
}

export class Exchange {
  readonly #parts: ExchangeParts
  #outcome: AccessRecord['outcome'] = 'refused'

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    if (parts.settings.accessLog !== undefined) this.#logWhenEnded(parts.settings.accessLog)
  }

  /** Never throws: whatever goes wrong becomes an answer, or ends the connection. */
  run(): void {
    try {
      this.#begin()
    } catch (failure) {
      this.#fail(failure)
    }
  }

  #begin(): void {
    const { cache, settings, request, response, expects } = this.#parts
    const { head, body, override } = readIncoming(request, settings)
    const pending = cache.forward({
      request: head,
      body: body === 'none' ? undefined : upload({ request, response, maxBytes: settings.maxBodyBytes, expects }),
      backend: settings.backend,
      key: undefined,
      override,
      hooks: {},
    })
    pending.appendResponseHeader('via', `1.1 ${settings.name}`, 'any')
    this.#deliver(pending)
  }

  #deliver(pending: PendingRequest): void {
    // Not by `then`: the answer to a hit may have ended before a promise could tell.
    pending.onFinish(() => {
      this.#outcome = pending.state === 'returned' ? pending.answer().source : 'failed'
    })
    const onFailure = (failure: unknown) => this.#fail(failure)
    pending.sendToClient(this.#parts.response, { onFailure }).then(undefined, onFailure)
  }

  #fail(failure: unknown): void {
    const { response, condemn } = this.#parts
    const refusal = refusalOf(failure)
    if (refusal.connection === 'close') condemn()
    if (!response.destroyed) refuse(response, refusal)
  }

  #logWhenEnded(accessLog: (record: AccessRecord) => void): void {
    const { request, response, settings } = this.#parts
    const { clock } = settings
    const { socket } = request
    const startedAtMs = clock.wallNow()
    const started = clock.now()
    const sentBefore = socket.bytesWritten
    const client = socket.remoteAddress ?? '-'
    response.once('close', () => {
      accessLog({
        startedAtMs,
        client,
        method: request.method ?? '',
        target: request.url ?? '',
        httpVersion: request.httpVersion,
        status: response.statusCode,
        bytes: socket.bytesWritten - sentBefore,
        durationMs: clock.now() - started,
        outcome: this.#outcome,
        end: response.writableFinished ? 'whole' : 'cut',
      })
    })
  }
}

/** A body that was too long fails the send it was meant for; the client hears of the cause. */
function refusalOf(failure: unknown): Refusal {
  const cause = failure instanceof Error ? failure.cause : undefined
  for (const error of [failure, cause]) if (error instanceof RefusedError) return error.refusal
  const why = isSendError(failure) ? failure.code : 'no answer could be had'
  return { status: gatewayStatus(failure), why, connection: 'keep' }
}
