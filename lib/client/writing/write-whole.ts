/** An answer whose body is there as a whole, as `node:http` writes it: at once. */

import type { ServerResponse } from 'node:http'
import { bytesOf } from '../../base/body.js'
import { hasNoBody } from '../../http/body-length.js'
import { HITS_FIELD } from '../../http/cache-status.js'
import { type Field, has, type ResponseHead } from '../../http/message.js'
import { begin } from './begin.js'

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
  begin(response, head, lines)
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
