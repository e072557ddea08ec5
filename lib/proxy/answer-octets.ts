/** Serializes an answer once, as `node:http` would write it on a kept connection, and sends it many times. */

import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Socket } from 'node:net'
import { bytesOf } from '../base/body.js'
import { asBuffer, type WholeAnswer, wholeLines } from '../client/writing/write-whole.js'
import { hasNoBody } from '../http/body-length.js'
import { HITS_FIELD } from '../http/cache-status.js'
import { formatHttpDate } from '../http/dates.js'
import { type Field, has } from '../http/message.js'

export interface AnswerOctetsOptions {
  readonly method: string
  /** The `Via` field of this hop. */
  readonly via: Field
  /** How long the connection is kept, in milliseconds. */
  readonly keepAliveMs: number
  readonly wallNowMs: number
}

/** Called when a write has ended, with its failure if it failed. */
export type Sent = (failure?: Error | null) => void

/** A body of at most this many bytes is copied behind its head, to be sent as one piece. */
const JOINED_BYTES = 4096

export class AnswerOctets {
  /**
   * If the answer tells its number of hits, that goes between `#head` and `#rest`; else `#head` is the whole head. A small body is
   * copied behind these, and `#body` is empty then.
   */
  readonly #head: Buffer
  readonly #rest: Buffer | undefined
  readonly #body: readonly Buffer[]
  /** The buffer of head, number and rest that was sent last, if the socket no longer needs it. */
  #first: Buffer | undefined
  #digits = 0

  /** Throws what `node:http` throws for a field line that could be read as two. */
  constructor(answer: WholeAnswer, options: AnswerOctetsOptions) {
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

  /** Sends the answer, corked into one write. Calls `sent` when the system has taken all of it, or with the failure. */
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
    // A buffer that the system has not taken yet must not be changed.
    this.#first = socket.writableLength === 0 ? first : undefined
  }

  /** Head, number and rest in one buffer. Reuses the last buffer if the number has as many digits as the last one. */
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

function textOf({ head, body }: WholeAnswer, { method, via, keepAliveMs, wallNowMs }: AnswerOctetsOptions): string {
  const { status, statusText, fields } = head
  const lines = wholeLines({ head, body }, method, via)
  if (!has(fields, 'date')) lines.push('Date', formatHttpDate(wallNowMs))
  lines.push('Connection', 'keep-alive')
  if (Number.isFinite(keepAliveMs)) lines.push('Keep-Alive', `timeout=${Math.floor(keepAliveMs / 1000)}`)
  const reason = statusText || (STATUS_CODES[status] ?? 'unknown')
  validateHeaderValue('status', reason)
  return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(lines)}\r\n`
}

/** Field lines from a list of name, value, name, value. */
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
