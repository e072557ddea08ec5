/** Writes an answer whose whole body is in memory, with `node:http`, at once. */

import type { ServerResponse } from 'node:http'
import { bytesOf } from '../../base/body.js'
import { hasNoBody } from '../../http/body-length.js'
import { HITS_FIELD } from '../../http/cache-status.js'
import { type Field, has, type ResponseHead } from '../../http/message.js'
import { begin } from './begin.js'

/** An answer whose whole body is in memory. Its bytes are shared, and must not be changed. */
export interface WholeAnswer {
  readonly head: ResponseHead
  readonly body: readonly Uint8Array[]
  /** Replaces the number in the head's `X-Cache-Hits`, since the head may be shared by several hits. */
  readonly hits?: number | undefined
}

/**
 * Writes head and body at once, unless the client has gone. Field lines are sent as they came, then `more`; throws for a line that
 * cannot be sent. Does not wait for room: the bytes are shared, so a slow client costs no more memory than a waiting reader would.
 */
export function writeWhole(response: ServerResponse, answer: WholeAnswer, more?: Field): void {
  if (response.destroyed) return
  const { head, body } = answer
  const lines = wholeLines(answer, response.req.method, more)
  if (has(head.fields, 'date')) response.sendDate = false
  begin(response, head, lines)
  const last = body.length - 1
  if (last < 0) return void response.end()
  // Corking makes one write of several chunks.
  const { socket } = response
  if (last > 0) socket?.cork()
  for (let at = 0; at < last; at++) response.write(asBuffer(body[at] as Uint8Array))
  response.end(asBuffer(body[last] as Uint8Array))
  if (last > 0) socket?.uncork()
}

/**
 * Names and values in turn. A whole body has a `Content-Length` (RFC 9112 6.3), however it arrived. No trailers are announced,
 * since none are kept.
 */
export function wholeLines({ head, body, hits }: WholeAnswer, method: string | undefined, more?: Field): string[] {
  const lines: string[] = []
  let contentLength: 'missing' | 'settled' = hasNoBody(method, head.status) ? 'settled' : 'missing'
  let hitsAt = -1
  for (const [name, value] of head.fields) {
    if (name === 'trailer') continue
    if (name === 'content-length') contentLength = 'settled'
    if (name === HITS_FIELD) hitsAt = lines.length + 1
    lines.push(name, value)
  }
  if (hits !== undefined && hitsAt > 0) lines[hitsAt] = String(hits)
  if (more !== undefined) lines.push(more[0], more[1])
  if (contentLength === 'missing') lines.push('content-length', String(bytesOf(body)))
  return lines
}

const buffers = new WeakMap<Uint8Array, Buffer>()

/** The `Buffer` over `bytes`, made once. Node writes only buffers, and would make a new one for each write. */
export function asBuffer(bytes: Uint8Array): Buffer {
  let buffer = buffers.get(bytes)
  if (buffer === undefined) {
    buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    buffers.set(bytes, buffer)
  }
  return buffer
}
