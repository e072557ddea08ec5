/** An answer as `node:http` writes it: its head, and a body that is there as a whole. */

import type { ServerResponse } from 'node:http'
import { bytesOf } from '../base/body.js'
import { HITS_FIELD } from '../http/cache-status.js'
import { type Field, has, type ResponseHead } from '../http/message.js'
import { CrowdHead } from '../pending/crowd-heads.js'

/** An answer whose whole body is there. Its bytes are others' too: not to be changed. */
export interface WholeAnswer {
  readonly head: ResponseHead
  readonly body: readonly Uint8Array[]
  /** Goes into `X-Cache-Hits` in place of what the head says, which others share. */
  readonly hits?: number | undefined
}

/**
 * Writes head and body at once, unless the client went away. Lines go out as they came, `more` after them: one that cannot is
 * a failure of this request. No need to wait for room: the bytes are shared, and a slow client holds them as it would hold a
 * reader.
 */
export function writeWhole(response: ServerResponse, answer: WholeAnswer, more?: Field): void {
  if (response.destroyed) return
  const { head, body } = answer
  const lines = wholeLines(answer, response.req.method, more)
  if (has(head.fields, 'date')) response.sendDate = false
  response.writeHead(head.status, head.statusText || undefined, lines)
  const last = body.length - 1
  if (last < 0) return void response.end()
  // With several chunks this is one write still.
  const { socket } = response
  if (last > 0) socket?.cork()
  for (let at = 0; at < last; at++) response.write(asBuffer(body[at] as Uint8Array))
  response.end(asBuffer(body[last] as Uint8Array))
  if (last > 0) socket?.uncork()
}

/**
 * Names and values in turn. What is whole says how long it is (RFC 9112 6.3), whatever it came as, and announces no trailers:
 * none is kept.
 */
export function wholeLines({ head, body, hits }: WholeAnswer, method: string | undefined, more?: Field): string[] {
  const lines: string[] = []
  let length: 'untold' | 'told' = hasNoBody(method, head.status) ? 'told' : 'untold'
  let hitsAt = -1
  for (const [name, value] of head.fields) {
    if (name === 'trailer') continue
    if (name === 'content-length') length = 'told'
    if (name === HITS_FIELD) hitsAt = lines.length + 1
    lines.push(name, value)
  }
  if (hits !== undefined && hitsAt > 0) lines[hitsAt] = String(hits)
  if (more !== undefined) lines.push(more[0], more[1])
  if (length === 'untold') lines.push('content-length', String(bytesOf(body)))
  return lines
}

/** Whatever there is of one (RFC 9112 6.3). */
export function hasNoBody(method: string | undefined, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

const buffers = new WeakMap<Uint8Array, Buffer>()

/** Node writes buffers only, and makes one of every other array of bytes, each time. */
export function asBuffer(bytes: Uint8Array): Buffer {
  let buffer = buffers.get(bytes)
  if (buffer === undefined) {
    buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    buffers.set(bytes, buffer)
  }
  return buffer
}

/** Heads that are no answer yet. Only HTTP/1.1 has them, and 101 is never one (RFC 9110 15.2, 15.2.2). */
export function writeInterim(response: ServerResponse, { status, statusText, fields }: ResponseHead): void {
  const { socket, req } = response
  // While earlier answers of a pipeline are still being written the response has no socket, and a hint can be left out.
  if (socket === null || response.headersSent || status === 101 || !isHttp11(req)) return
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n`, 'latin1')
}

/** A head as Node takes it: names and values in turn, which keeps repeated lines apart. */
interface Lines {
  readonly of: ResponseHead
  readonly more: Field | undefined
  readonly lines: string[]
  readonly hitsAt: number
  readonly isDated: boolean
  readonly announcesTrailers: boolean
}

/** Those of the last head: a crowd that is answered together gets the same but for the number of hits. */
let last: Lines | undefined

/** Node need not add a `Date` where there is one. */
export function writeHead(response: ServerResponse, head: ResponseHead, more: Field | undefined): void {
  const { status, statusText } = head
  const common = head instanceof CrowdHead ? head.common : head
  if (last?.of !== common || last.more !== more) last = linesOf(common, more)
  let { lines } = last
  if (head instanceof CrowdHead && head.hits !== undefined) lines = lines.with(last.hitsAt, String(head.hits))
  if (last.isDated) response.sendDate = false
  if (last.announcesTrailers) lines = withTrailers(response, status, lines)
  response.writeHead(status, statusText || undefined, lines)
}

function linesOf(head: ResponseHead, more: Field | undefined): Lines {
  const { fields } = head
  return {
    of: head,
    more,
    lines: (more === undefined ? fields : [...fields, more]).flat(),
    hitsAt: 2 * fields.findLastIndex(([name]) => name === HITS_FIELD) + 1,
    isDated: has(fields, 'date'),
    announcesTrailers: has(fields, 'trailer'),
  }
}

/** Trailers can only follow a chunked body (RFC 9112 7.1.2): where they are announced it is sent so, or nothing is announced. */
function withTrailers({ req }: ServerResponse, status: number, lines: readonly string[]): string[] {
  const chunked = isHttp11(req) && !hasNoBody(req.method, status)
  const unwanted = chunked ? 'content-length' : 'trailer'
  return lines.filter((_, at) => lines[at - (at % 2)] !== unwanted)
}

function isHttp11({ httpVersionMajor, httpVersionMinor }: ServerResponse['req']): boolean {
  return httpVersionMajor === 1 && httpVersionMinor >= 1
}
