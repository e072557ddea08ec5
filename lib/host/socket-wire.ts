/** Carries an attempt over undici's HTTP/1.1 connections: raw heads, no redirects followed, no content decoded. */

import { isIP } from 'node:net'
import type { Agent, Dispatcher } from 'undici'
import { hasNoBody } from '../http/body-length.js'
import { fieldName } from '../http/field-names.js'
import { type Field, type Fields, has, members, type ResponseHead, withoutOuterSpace } from '../http/message.js'
import { allowedTrailers } from '../http/trailers.js'
import { SendError, type SendErrorCode } from '../pending/send-error.js'
import type { Attempt, Progress, Wire } from './attempt.js'
import { type Connections, endedIdleConnection, endedKeptConnection, resetAtEnd } from './connections.js'
import { isRepeatable, type Outgoing } from './outgoing.js'
import type { Permit, Semaphore } from './semaphore.js'

type Controller = Dispatcher.DispatchController

/** undici's clients read `servername`, but its types do not declare it. */
interface DispatchOptions extends Agent.DispatchOptions {
  readonly servername?: string
}

export class SocketWire implements Wire, Dispatcher.DispatchHandler {
  #attempt: Attempt | undefined
  #controller: Controller | undefined
  #reason: Error | undefined
  #progress: Progress = 'unsent'
  /** What ends the body: the connection only where the head names no length and no coding (RFC 9112 6.3). */
  #endOfBody: 'framing' | 'connection' = 'framing'
  #permit: Permit | undefined

  /** `limit` limits how many requests each origin has at a time. */
  constructor(
    private readonly connections: Connections,
    private readonly limit: Semaphore | undefined,
  ) {}

  start(attempt: Attempt): void {
    this.#attempt = attempt
    this.#permit = this.limit?.enter(attempt.outgoing.origin, () => this.#dispatch(attempt))
    if (!this.saturated) this.#dispatch(attempt)
  }

  /** A request that could not be sent again if it were lost gets no connection that the server may be closing (RFC 9112 9.3.1). */
  #dispatch({ outgoing }: Attempt): void {
    if (!isRepeatable(outgoing)) this.connections.closeLongIdle(outgoing.origin)
    this.connections.agent.dispatch(dispatchOptions(outgoing), this)
  }

  get saturated(): boolean {
    return this.#permit?.state === 'waiting'
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(reason: Error): void {
    this.#reason = reason
    if (this.#progress === 'unsent') this.#permit?.leave()
    this.#controller?.abort(reason)
  }

  onRequestStart(controller: Controller): void {
    // The attempt was aborted while undici had it queued. Throwing drops it; `controller.abort` would also close the connection.
    if (this.#reason) throw this.#reason
    this.#controller = controller
    this.#progress = 'unanswered'
    this.#attempt?.sent()
  }

  /** The first octet of an answer, or of a 1xx head before the answer, has come. */
  onResponseStarted(): void {
    this.#progress = 'answered'
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, statusText = ''): void {
    const head: ResponseHead = { status, statusText: reasonPhrase(statusText), fields: fieldsOf(controller.rawHeaders) }
    // No request here asks for an upgrade (RFC 9110 15.2.2), and a number below 100 is no status (RFC 9110 15).
    if (status < 100 || status === 101) this.#refuse('HttpResponseStatusInvalid', `${status} is no answer`)
    else if (status < 200) this.#attempt?.informational(head)
    else if (isCodedForTransfer(head.fields) || isChunkedUnread(head.fields, controller.rawHeaders))
      this.#refuse('HttpProtocolError', 'what is coded for the way alone cannot be read here')
    else this.#answered(head)
  }

  /** A 204 or 304 has no body, so it ends here: undici would miss a body of the length it may declare (RFC 9112 6.3), and fail. */
  #answered(head: ResponseHead): void {
    if (endsWithConnection(this.#attempt?.outgoing.request.method, head)) this.#endOfBody = 'connection'
    this.#attempt?.answered(head)
    if (head.status === 204 || head.status === 304) this.#attempt?.finished()
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#attempt?.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  }

  /** If the connection ends the body, this is called within the `end` event of the connection. */
  onResponseEnd(controller: Controller): void {
    const reset = this.#endOfBody === 'connection' ? resetAtEnd() : undefined
    if (reset !== undefined) return this.onResponseError(controller, reset)
    const { rawTrailers, rawHeaders } = controller
    this.#attempt?.finished(
      rawTrailers?.length ? allowedTrailers(fieldsOf(rawTrailers), fieldsOf(rawHeaders)) : undefined,
    )
    this.#permit?.leave()
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#attempt?.failed(error, this.#lostAt(error))
    this.#permit?.leave()
  }

  #refuse(code: SendErrorCode, why: string): void {
    const attempt = this.#attempt as Attempt
    const { label: backend, request } = attempt.outgoing
    attempt.abort(new SendError(code, { backend, request, cause: new Error(why) }))
  }

  /**
   * How far the request had come, if `error` ended a connection on which octets had come before; without an answer only if that had
   * been idle too, because else the origin may have read the request (RFC 9112 9.3.1).
   */
  #lostAt(error: Error): Progress | undefined {
    if (this.#progress === 'unanswered') return endedIdleConnection(error) ? 'unanswered' : undefined
    return endedKeptConnection(error) ? this.#progress : undefined
  }
}

function dispatchOptions(outgoing: Outgoing): DispatchOptions {
  const { request, origin, path, fields } = outgoing
  const servername = serverName(outgoing)
  return {
    origin,
    path,
    method: request.method,
    headers: fields.flat(),
    body: outgoingBody(outgoing),
    // The attempt enforces the time limits itself, by its own clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(servername !== undefined && { servername }),
  }
}

/** The name to send in TLS server name indication; never an IP address (RFC 6066 3). */
function serverName({ backend, origin }: Outgoing): string | undefined {
  if (backend.tls.servername !== undefined || !origin.startsWith('https:')) return backend.tls.servername
  const { hostname } = new URL(origin)
  return isIP(hostname.replace(/^\[|\]$/g, '')) ? undefined : hostname
}

/** undici takes any async iterable for a body; its types only know streams. */
function outgoingBody(outgoing: Outgoing): NonNullable<DispatchOptions['body']> | null {
  return (outgoing.body ?? null) as unknown as NonNullable<DispatchOptions['body']>
}

/** The field lines from undici's raw list of name, value, name, value. Octets above 127 are kept, as latin1 (RFC 9110 5.5). */
function fieldsOf(raw: Controller['rawHeaders']): Fields {
  if (!Array.isArray(raw)) return []
  const fields: Field[] = []
  for (let at = 0; at + 1 < raw.length; at += 2)
    fields.push([fieldName(text(raw[at])), withoutOuterSpace(text(raw[at + 1]))])
  return fields
}

/** Transfer codings that compress the content (RFC 9112 7.2). */
const TRANSFER_CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress'])

/**
 * Whether `Transfer-Encoding` names a coding besides `chunked`. No request here asks for one by `TE`, and the coded octets would
 * pass for the content itself (RFC 9112 6.1, 7.4). A single unknown name is ignored: such a body ends with its connection.
 */
function isCodedForTransfer(fields: Fields): boolean {
  const codings = members(fields, 'transfer-encoding')
  return codings.length > 1 || codings.some((coding) => TRANSFER_CODINGS.has(coding.toLowerCase()))
}

/**
 * Whether undici's parser does not see that the body is chunked, because an empty member or a tab follows `chunked` in its line. The
 * recipient has to ignore both (RFC 9110 5.6.1.2, 5.6.3), but here the octets between the chunks would pass for content.
 */
function isChunkedUnread(fields: Fields, raw: Controller['rawHeaders']): boolean {
  if (!Array.isArray(raw) || !has(fields, 'transfer-encoding')) return false
  return fields.some(
    ([name], at) => name === 'transfer-encoding' && /chunked *[\t,][\t ,]*$/i.test(text(raw[2 * at + 1])),
  )
}

function endsWithConnection(method: string | undefined, { status, fields }: ResponseHead): boolean {
  if (hasNoBody(method, status) || has(fields, 'content-length')) return false
  return !members(fields, 'transfer-encoding').some((coding) => coding.toLowerCase() === 'chunked')
}

function text(octets: Buffer | string | undefined): string {
  return typeof octets === 'string' ? octets : (octets?.toString('latin1') ?? '')
}

/** A reason phrase with octets that a status line cannot carry is dropped: it has no meaning to software (RFC 9112 4). */
function reasonPhrase(statusText: string): string {
  return /^[\t\x20-\x7e]*$/.test(statusText) ? statusText : ''
}
