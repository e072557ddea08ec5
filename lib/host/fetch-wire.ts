/** Carries an attempt by the injected `fetch`, as far as a `Response` tells what came. */

import { checkChunk } from '../base/chunk.js'
import { InvalidArgumentError } from '../base/errors.js'
import { isTypeError, isUint8Array } from '../base/realms.js'
import type { Fetch } from '../base/web-types.js'
import { fieldName } from '../http/field-names.js'
import { type Field, type Fields, has, without } from '../http/message.js'
import { SendError } from '../pending/send-error.js'
import { toSendError } from '../pending/to-send-error.js'
import type { Attempt, Wire } from './attempt.js'
import type { Outgoing } from './outgoing.js'

export class FetchWire implements Wire {
  readonly saturated = false
  readonly #signal = new AbortController()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #continue: (() => void) | undefined
  #flow: 'running' | 'paused' = 'running'

  constructor(private readonly fetch: Fetch) {}

  start(attempt: Attempt): void {
    // A fetch does not report when it has a connection, so `firstByteTimeoutMs` runs from here.
    attempt.sent()
    void this.#carry(attempt).catch((error: unknown) => attempt.abort(toFetchError(error, attempt)))
  }

  pause(): void {
    this.#flow = 'paused'
  }

  resume(): void {
    this.#flow = 'running'
    this.#continue?.()
  }

  abort(reason: Error): void {
    this.#signal.abort(reason)
    // An injected fetch may ignore its signal. Cancelling the stream and resuming ends the pump all the same.
    this.#reader?.cancel(reason).catch(() => {})
    this.resume()
  }

  async #carry(attempt: Attempt): Promise<void> {
    const { outgoing } = attempt
    const response = await this.fetch(outgoing.origin + outgoing.path, requestInit(outgoing, this.#signal.signal))
    if (typeof (response as Partial<Response> | undefined)?.status !== 'number')
      throw new InvalidArgumentError(`the injected fetch gave something else than a Response: ${typeof response}`)
    if (attempt.ended) return response.body?.cancel()
    const { status, statusText } = response
    if (status < 200) {
      const { label: backend, request } = outgoing
      throw new SendError('HttpResponseStatusInvalid', { backend, request, cause: new Error(response.type) })
    }
    attempt.answered({ status, statusText, fields: responseFields(response) })
    if (response.body) await this.#pump(response.body, attempt)
    attempt.finished()
  }

  async #pump(body: NonNullable<Response['body']>, attempt: Attempt): Promise<void> {
    this.#reader = body.getReader()
    for (;;) {
      const { done, value } = await this.#reader.read()
      if (done || attempt.ended) return
      checkChunk('the body of an answer of the injected fetch', value)
      attempt.data(value)
      if (this.#flow === 'paused') await new Promise<void>((resolve) => (this.#continue = resolve))
    }
  }
}

/**
 * Classifies what the injected fetch threw. The Fetch standard throws a bare `TypeError` for any network failure, so an otherwise
 * unknown `TypeError` counts as a lost connection. Any other unknown error is a fault in that fetch, for which the caller is to blame.
 */
function toFetchError(error: unknown, { outgoing, awaits: phase }: Attempt): SendError {
  const { label: backend, request } = outgoing
  const known = toSendError(error, { backend, request, phase })
  if (known.code !== 'InternalError' || known.blame !== 'bug') return known
  if (!isTypeError(error)) return new SendError(known.code, { backend, request, cause: error, blame: 'caller' })
  return new SendError(phase === 'head' ? 'ConnectionTerminated' : 'HttpIncompleteResponse', {
    backend,
    request,
    cause: error,
  })
}

function requestInit(outgoing: Outgoing, signal: AbortSignal): RequestInit {
  const { request, body, fields } = outgoing
  const headers = new Headers()
  // A fetch sets `Host` itself, from its URL.
  for (const [name, value] of without(fields, 'host')) headers.append(name, value)
  const init: RequestInit = { method: request.method, headers, redirect: 'manual', signal }
  if (body === undefined) return init
  return isUint8Array(body) ? { ...init, body } : { ...init, body, duplex: 'half' }
}

/** A fetch has already decoded a coded body, so the fields that describe the coding are removed. */
function responseFields(response: Response): Fields {
  const fields = [...response.headers].map(([name, value]): Field => [fieldName(name), value])
  return has(fields, 'content-encoding') ? without(fields, 'content-encoding', 'content-length') : fields
}
