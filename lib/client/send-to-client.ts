/** An answer on its way out to a client of this process' own HTTP server (semantics 1.6). */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import { type Fields, has, type ResponseHead, without } from '../http/message.js'
import { type Pending, promised } from '../scheduler/index.js'
import { gatewayStatus } from './gateway-status.js'
import type { PendingRequest, Wishes } from './pending-request.js'
import type { HttpResponse } from './response.js'

/** What the caller of `sendToClient` may take over. */
export interface HandOver {
  /** Answers a client whose request was handed over and then failed, in place of a plain 502, 503 or 504. */
  readonly onFailure?: (failure: unknown) => void
}

export interface SendToClientOptions extends Wishes, HandOver {
  readonly response: ServerResponse
  /** Whether the request goes past the cache, and can be handed over before it is answered. */
  readonly isDirect: () => boolean
  /** Whether it found, on its way, that it has to go past the cache. */
  readonly hasLeftCache: () => boolean
  /** Whether it has sent a fetch that others get the answer of too. */
  readonly leads: () => boolean
}

/** Done when the answer is handed over: at once for a direct request, with the head for any other. The body follows by itself. */
export function sendToClient(pending: PendingRequest, options: SendToClientOptions): Pending<void> {
  const { response, interim, isDirect, leads } = options
  if (response.headersSent) throw answeredAlready()
  interim.listener = (head) => writeInterim(response, head)
  const { scheduler } = pending
  let behind: Pending<void> | undefined
  const follow = (operation: () => Operation<void>) => {
    behind = scheduler.spawn(operation)
    behind.then(undefined, () => response.destroy())
  }
  response.once('close', () => {
    if (response.writableFinished) return
    const reason = new Error('the client went away')
    if (!leads()) pending.cancel(reason)
    behind?.cancel(reason)
  })
  return scheduler.spawn(function* sendToClient() {
    pending.poll()
    if (isDirect()) return follow(() => deliverDirect(pending, options))
    const answer = yield* answered(pending, options)
    if (answer !== undefined && response.headersSent) {
      answer.cancel()
      throw answeredAlready()
    }
    if (answer !== undefined && writeHead(response, answer) === 'sent') follow(() => writeBody(response, answer))
  })
}

/** The answer; or nothing, where the request has left the cache on its way, and failed there: the client is told by then. */
function* answered(pending: PendingRequest, options: SendToClientOptions): Operation<HttpResponse | undefined> {
  try {
    return yield* pending
  } catch (failure) {
    if (!options.hasLeftCache()) throw failure
    writeFailure(failure, options)
    return undefined
  }
}

/** A direct request was handed over whatever becomes of it, so a failure has to become an answer here. */
function* deliverDirect(pending: PendingRequest, options: SendToClientOptions): Operation<void> {
  const { response } = options
  let answer: HttpResponse
  try {
    answer = yield* pending
  } catch (failure) {
    return writeFailure(failure, options)
  }
  // Somebody else has answered meanwhile, and it is too late to say so: this answer is dropped, and theirs goes on.
  if (response.headersSent) return answer.cancel()
  if (writeHead(response, answer) === 'sent') yield* writeBody(response, answer)
}

function answeredAlready(): InvalidArgumentError {
  return new InvalidArgumentError('this client has been answered already')
}

function writeFailure(failure: unknown, { response, ops, onFailure }: SendToClientOptions): void {
  if (response.headersSent || response.destroyed) return
  if (onFailure !== undefined) return onFailure(failure)
  response.writeHead(gatewayStatus(failure), flat(ops.apply([['content-length', '0']], 'error')))
  response.end()
}

/** Heads that are no answer yet. Only HTTP/1.1 has them, and 101 is never one (RFC 9110 15.2, 15.2.2). */
function writeInterim(response: ServerResponse, { status, statusText, fields }: ResponseHead): void {
  const { socket, req } = response
  // While earlier answers of a pipeline are still being written the response has no socket, and a hint can be left out.
  if (socket === null || response.headersSent || status === 101 || !isHttp11(req)) return
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n`, 'latin1')
}

/** Lines go out as they came: one that cannot is a failure of this request. */
function writeHead(response: ServerResponse, answer: HttpResponse): 'sent' | 'gone' {
  if (response.destroyed) {
    answer.cancel()
    return 'gone'
  }
  const { status, statusText, fields } = answer.head
  try {
    if (has(fields, 'date')) response.sendDate = false
    response.writeHead(status, statusText || undefined, flat(framed(response, status, fields)))
  } catch (failure) {
    answer.cancel()
    throw failure
  }
  return 'sent'
}

/** Trailers can only follow a chunked body (RFC 9112 7.1.2): where they are announced it is sent so, or nothing is announced. */
function framed({ req }: ServerResponse, status: number, fields: Fields): Fields {
  if (!has(fields, 'trailer')) return fields
  const chunked = isHttp11(req) && req.method !== 'HEAD' && status !== 204 && status !== 304
  return without(fields, chunked ? 'content-length' : 'trailer')
}

/** Waits for room before it reads on. A client that goes away ends the reading; a body that fails ends the connection. */
function* writeBody(response: ServerResponse, answer: HttpResponse): Operation<void> {
  try {
    // Nobody waits for a head because its body is slow.
    if (!answer.readable) response.flushHeaders()
    for (let chunk = yield* answer.next(); chunk !== undefined; chunk = yield* answer.next()) {
      if (!response.write(chunk)) yield* promised(roomOrClosed(response))
    }
    if (answer.trailers !== undefined && answer.trailers.length > 0) response.addTrailers(pairs(answer.trailers))
    response.end()
  } catch (failure) {
    response.destroy()
    throw failure
  } finally {
    answer.cancel()
  }
}

function roomOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

function isHttp11({ httpVersionMajor, httpVersionMinor }: ServerResponse['req']): boolean {
  return httpVersionMajor === 1 && httpVersionMinor >= 1
}

/** Node takes names and values in turn, and keeps repeated lines apart. */
function flat(fields: Fields): string[] {
  return fields.flat()
}

/** For trailers it takes pairs, though its types do not say so. */
function pairs(fields: Fields): [string, string][] {
  return fields.map(([name, value]) => [name, value])
}
