/** Refusals: answers that the proxy gives by itself, with nothing in them that came from a client or an origin. */

import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { cut } from '../client/writing/cut.js'
import { formatHttpDate } from '../http/dates.js'
import type { Fields } from '../http/message.js'

export interface Refusal {
  readonly status: number
  /** What was wrong, for people. */
  readonly why: string
  readonly fields?: Fields
  /** `close` if the connection cannot be used again, because it is unclear where its next request would begin. */
  readonly connection: 'keep' | 'close'
}

/** Thrown to answer a request with `refusal`. */
export class RefusedError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.why)
  }
}

/** Answers with `refusal`. If another answer has begun, cuts that off instead, so that the client does not take it for complete. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) return cut(response)
  const { status, fields = [], connection } = refusal
  const body = bodyOf(refusal)
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.sendDate = true
  if (connection === 'close') response.shouldKeepAlive = false
  response.writeHead(status, [...fields, ...described(body)].flat())
  response.end(body)
}

/** Writes `refusal` on a connection on which no answer is under way, and ends the connection. */
export function refuseConnection(socket: Duplex, refusal: Refusal, wallNowMs: number): void {
  if (!socket.writable) return void socket.destroy()
  const body = bodyOf(refusal)
  const fields: Fields = [['date', formatHttpDate(wallNowMs)], ['connection', 'close'], ...described(body)]
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines}\r\n${body}`)
}

/** The client closed its side in the middle of a request. It has most likely left, and reads this only if it still listens. */
export const CUT_SHORT: Refusal = { status: 400, why: 'the request ended too early', connection: 'close' }

export const TOO_SLOW: Refusal = { status: 408, why: 'the request took too long', connection: 'close' }

export const HEAD_TOO_LARGE: Refusal = { status: 431, why: 'the head is too large', connection: 'close' }

function bodyOf({ status, why }: Refusal): string {
  return status === 204 ? '' : `${status} ${STATUS_CODES[status]}: ${why}\n`
}

function described(body: string): Fields {
  if (body === '') return []
  return [
    ['content-type', 'text/plain; charset=utf-8'],
    ['content-length', String(Buffer.byteLength(body))],
  ]
}
