/** An answer as octets: what `node:http` would write on a connection that is kept. */

import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Socket } from 'node:net'
import { bytesOf } from '../base/body.js'
import { asBuffer, type WholeAnswer, wholeLines } from '../client/write-answer.js'
import { HITS_FIELD } from '../http/cache-status.js'
import { formatHttpDate } from '../http/dates.js'
import { type Field, has } from '../http/message.js'

/** `body` follows `head`, unless it is in there already. Where hits are told, their number goes between `head` and `rest`. */
export interface Octets {
  readonly head: Buffer
  readonly rest: Buffer | undefined
  readonly body: readonly Buffer[]
}

export interface OctetsOptions {
  readonly method: string
  /** What every answer of this hop says. */
  readonly via: Field
  /** Milliseconds the connection is kept. */
  readonly keepAliveMs: number
  readonly wallNowMs: number
}

/** The failure of a write, if it failed. */
export type Sent = (failure?: Error | null) => void

/** Bodies up to here are copied behind their head, so that there is one piece to send. */
const JOINED_BYTES = 4096

/** Throws what `node:http` throws for a line that could be read as two. */
export function inOctets(answer: WholeAnswer, options: OctetsOptions): Octets {
  const text = textOf(answer, options)
  const buffers = answer.body.map(asBuffer)
  const isSmall = bytesOf(buffers) <= JOINED_BYTES
  const [behind, body] = isSmall ? [buffers, []] : [[], buffers]
  const told = `\r\n${HITS_FIELD}: `
  const at = answer.hits === undefined ? -1 : text.lastIndexOf(told)
  if (at < 0) return { head: Buffer.concat([latin1(text), ...behind]), rest: undefined, body }
  const head = latin1(text.slice(0, at + told.length))
  const rest = latin1(text.slice(text.indexOf('\r\n', at + told.length)))
  return { head, rest: Buffer.concat([rest, ...behind]), body }
}

/** In one write. `sent` hears when the system has all of it, or that it never will. */
export function sendOctets(socket: Socket, octets: Octets, hits: number | undefined, sent?: Sent): void {
  const { head, rest, body } = octets
  const first = rest === undefined ? head : counted(head, String(hits), rest)
  const last = body.length - 1
  if (last < 0) return void socket.write(first, sent)
  socket.cork()
  socket.write(first)
  for (let at = 0; at < last; at++) socket.write(body[at] as Buffer)
  socket.write(body[last] as Buffer, sent)
  socket.uncork()
}

function counted(head: Buffer, hits: string, rest: Buffer): Buffer {
  const octets = Buffer.allocUnsafe(head.byteLength + hits.length + rest.byteLength)
  octets.set(head)
  octets.write(hits, head.byteLength, 'latin1')
  octets.set(rest, head.byteLength + hits.length)
  return octets
}

function textOf({ head, body }: WholeAnswer, { method, via, keepAliveMs, wallNowMs }: OctetsOptions): string {
  const { status, statusText, fields } = head
  const lines = wholeLines({ head, body }, method, via)
  if (!has(fields, 'date')) lines.push('Date', formatHttpDate(wallNowMs))
  lines.push('Connection', 'keep-alive')
  if (Number.isFinite(keepAliveMs)) lines.push('Keep-Alive', `timeout=${Math.floor(keepAliveMs / 1000)}`)
  const reason = statusText || (STATUS_CODES[status] ?? 'unknown')
  validateHeaderValue('status', reason)
  return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(lines)}\r\n`
}

/** From names and values in turn. */
function fieldLines(lines: readonly string[]): string {
  let text = ''
  for (let at = 0; at < lines.length; at += 2) {
    const [name, value] = [lines[at] as string, lines[at + 1] as string]
    validateHeaderName(name)
    validateHeaderValue(name, value)
    text += `${name}: ${value}\r\n`
  }
  return text
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
