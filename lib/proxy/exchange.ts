/** One request of a client, from its head to the last byte of its answer. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache } from '../client/cache.js'
import { gatewayStatus } from '../client/gateway-status.js'
import type { PendingRequest } from '../client/pending-request.js'
import { sendAtOnce } from '../client/send-to-client.js'
import type { Hooks } from '../pending/hooks.js'
import { isSendError } from '../pending/send-error.js'
import type { AccessRecord } from './access-log.js'
import type { KnownHeads } from './known-heads.js'
import type { Settings } from './options.js'
import { type Refusal, RefusedError, refuse } from './refusal.js'
import { upload } from './upload.js'

/** What all exchanges of one proxy share. */
export interface Desk {
  readonly cache: Cache<unknown>
  readonly settings: Settings
  readonly heads: KnownHeads
}

/** What came in. */
export interface Arrival {
  readonly connection: Connection
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly expects: 'continue' | 'nothing'
}

/** `condemned`: it ends with the answer under way, though its parser may have read on already. */
export interface Connection {
  /** The answer to the last request read, while it is under way. */
  last: ServerResponse | undefined
  fate: 'open' | 'condemned'
}

const NO_HOOKS: Hooks = {}

export class Exchange {
  readonly #desk: Desk
  readonly #arrival: Arrival
  #pending: PendingRequest | undefined

  constructor(desk: Desk, arrival: Arrival) {
    this.#desk = desk
    this.#arrival = arrival
    const { accessLog } = desk.settings
    if (accessLog !== undefined) this.#logWhenEnded(accessLog)
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
    const { cache, settings, heads } = this.#desk
    const { request, response, expects } = this.#arrival
    const { head, body, override } = heads.read(request)
    const pending = cache.forward({
      request: head,
      body: body === 'none' ? undefined : upload({ request, response, maxBytes: settings.maxBodyBytes, expects }),
      backend: settings.backend,
      key: undefined,
      override,
      hooks: NO_HOOKS,
    })
    this.#pending = pending
    if (sendAtOnce(pending, response, settings.via) === 'later') this.#sendLater(pending)
  }

  #sendLater(pending: PendingRequest): void {
    const { via } = this.#desk.settings
    const onFailure = (failure: unknown) => this.#fail(failure)
    pending.sendToClient(this.#arrival.response, { onFailure, more: via }).then(undefined, onFailure)
  }

  #fail(failure: unknown): void {
    const { response, connection } = this.#arrival
    const refusal = refusalOf(failure)
    if (refusal.connection === 'close') connection.fate = 'condemned'
    if (!response.destroyed) refuse(response, refusal)
  }

  #logWhenEnded(accessLog: (record: AccessRecord) => void): void {
    const { request, response } = this.#arrival
    const { clock } = this.#desk.settings
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
        outcome: outcomeOf(this.#pending),
        end: response.writableFinished ? 'whole' : 'cut',
      })
    })
  }
}

/** How a request had come out when its answer ended. */
function outcomeOf(pending: PendingRequest | undefined): AccessRecord['outcome'] {
  if (pending === undefined) return 'refused'
  return pending.state === 'returned' ? pending.answer().source : 'failed'
}

/** A body that was too long fails the send it was meant for; the client hears of the cause. */
function refusalOf(failure: unknown): Refusal {
  const cause = failure instanceof Error ? failure.cause : undefined
  for (const error of [failure, cause]) if (error instanceof RefusedError) return error.refusal
  const why = isSendError(failure) ? failure.code : 'no answer could be had'
  return { status: gatewayStatus(failure), why, connection: 'keep' }
}
