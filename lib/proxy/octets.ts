/** An answer as octets: what `node:http` would write on a connection that is kept, again and again. */

import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Socket } from 'node:net'
import { bytesOf } from '../base/body.js'
import { asBuffer, type WholeAnswer, wholeLines } from '../client/writing/write-whole.js'
import { hasNoBody } from '../http/body-length.js'
import { HITS_FIELD } from '../http/cache-status.js'
import { formatHttpDate } from '../http/dates.js'
import { type Field, has } from '../http/message.js'

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

export class Octets {
  /** `body` follows `head`, unless it is in there already. Where hits are told, their number goes between `head` and `rest`. */
  readonly #head: Buffer
  readonly #rest: Buffer | undefined
  readonly #body: readonly Buffer[]
  /** Head, number and rest as they were sent last, if nobody holds them any more. */
  #first: Buffer | undefined
  #digits = 0

  /** Throws what `node:http` throws for a line that could be read as two. */
  constructor(answer: WholeAnswer, options: OctetsOptions) {
    const text = textOf(answer, options)
    const buffers = hasNoBody(options.method, answer.head.status) ? [] : answer.body.map(asBuffer)
    const isSmall = bytesOf(buffers) <= JOINED_BYTES
    const behind = isSmall ? buffers : []
    this.#body = isSmall ? [] : buffers
    const told = `\r\n${HITS_FIELD}: `
    const line = answer.hits === undefined ? -1 : text.lastIndexOf(told)
    const at = line + told.length
    this.#head = line < 0 ? Buffer.concat([latin1(text), ...behind]) : latin1(text.slice(0, at))
    this.#rest = line < 0 ? undefined : Buffer.concat([latin1(text.slice(text.indexOf('\r\n', at))), ...behind])
  }

  /** In one write. `sent` hears when the system has all of it, or that it never will. */
  send(socket: Socket, hits: number | undefined, sent?: Sent): void {
    const first = this.#counted(String(hits))
    const last = this.#body.length - 1
    if (last < 0) socket.write(first, sent)
    else {
      socket.cork()
      socket.write(first)
      for (let at = 0; at < last; at++) socket.write(this.#body[at] as Buffer)
      socket.write(this.#body[last] as Buffer, sent)
      socket.uncork()
    }
    // What the system has not taken yet must stay as it is.
    this.#first = socket.writableLength === 0 ? first : undefined
  }

  /** Most hits differ from the one before in a few digits. */
  #counted(hits: string): Buffer {
    const head = this.#head
    const rest = this.#rest
    if (rest === undefined) return head
    let first = this.#first
    if (first === undefined || this.#digits !== hits.length) {
      first = Buffer.concat([head, latin1(hits), rest])
      this.#digits = hits.length
    } else first.write(hits, head.byteLength, 'latin1')
    return first
  }
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
