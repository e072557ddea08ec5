/** One caller with a connection of its own: sends one request, and records what it gets and when. */

import { once } from 'node:events'
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Crowd } from './declaration.js'

/**
 * How a caller's request ended.
 *
 * | end | |
 * |---|---|
 * | whole | the answer came, to its last byte |
 * | broken | a head came, and the connection ended in the middle of the body |
 * | nothing | the connection ended without a head |
 * | left | the caller closed its connection |
 * | never | the request had not ended when time was up |
 */
export type End = 'whole' | 'broken' | 'nothing' | 'left' | 'never'

/** What a caller got. Times are milliseconds since this process began; `NaN` for an event that did not happen. */
export interface Observation {
  /** The number of the caller, from 1. */
  readonly n: number
  readonly crowd: Crowd
  readonly end: End
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The first 1,000 bytes of the body. */
  readonly body: string
  readonly bytes: number
  readonly sentAt: number
  readonly firstByteAt: number
  readonly endAt: number
}

/** So much of a body is kept, for comparison. Tests compare short bodies only. */
const KEPT_BYTES = 1000

/** The address of a cache. All callers use the same, because a cache may keep apart what different `Host` fields request. */
export function at(port: number): { readonly host: string; readonly port: number } {
  return { host: '127.0.0.1', port }
}

export class Caller {
  readonly #socket: Socket
  readonly #port: number
  readonly #path: string
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #kept: Buffer[] = []
  #bytes = 0
  #sentAt = Number.NaN
  #firstByteAt = Number.NaN
  #endAt = Number.NaN
  #end: End = 'never'
  #finish!: () => void
  #begin!: () => void
  /** Resolves once the first bytes of the body have come, or the request has ended. */
  readonly begun: Promise<void>
  /** Resolves once the request has ended. */
  readonly finished: Promise<void>

  private constructor(
    socket: Socket,
    port: number,
    path: string,
    readonly n: number,
    readonly crowd: Crowd,
  ) {
    this.#socket = socket
    this.#port = port
    this.#path = path
    socket.on('error', () => {})
    this.begun = new Promise((resolve) => {
      this.#begin = resolve
    })
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  static async connect(port: number, path: string, n: number, crowd: Crowd): Promise<Caller> {
    const socket = connect(at(port))
    await once(socket, 'connect')
    return new Caller(socket, port, path, n, crowd)
  }

  /** Resolves once the request is written. */
  send(): Promise<void> {
    const { request_method: method = 'GET', request_headers: fields = [], request_body: body = '' } = this.crowd
    const headers = Object.fromEntries(fields.map(([name, value]) => [name, this.filled(value)]))
    const sent = request({
      ...at(this.#port),
      method,
      path: this.#path,
      headers,
      createConnection: () => this.#socket,
    })
    this.#request = sent
    sent.on('response', (response) => this.#take(response)).on('error', () => this.#ended('nothing'))
    this.#sentAt = performance.now()
    return new Promise((resolve) => sent.end(body, resolve))
  }

  leave(): void {
    this.#ended('left')
    this.#request?.destroy()
    this.#socket.destroy()
  }

  /** Reads the body, if the caller has not read until now (`reads: 'last'`). */
  read(): void {
    this.#response?.resume()
  }

  /** Replaces `{n}` by the number of the caller. */
  filled(text: string): string {
    return text.replaceAll('{n}', String(this.n))
  }

  observation(): Observation {
    return {
      n: this.n,
      crowd: this.crowd,
      end: this.#end,
      status: this.#response?.statusCode ?? 0,
      headers: this.#response?.headers ?? {},
      body: Buffer.concat(this.#kept).toString(),
      bytes: this.#bytes,
      sentAt: this.#sentAt,
      firstByteAt: this.#firstByteAt,
      endAt: this.#endAt,
    }
  }

  #take(response: IncomingMessage): void {
    this.#response = response
    response.on('data', (chunk: Buffer) => this.#keep(chunk))
    if (this.crowd.reads === 'last') response.pause()
    response.on('end', () => this.#ended(response.complete ? 'whole' : 'broken'))
    response.on('error', () => this.#ended('broken'))
  }

  #keep(chunk: Buffer): void {
    if (this.#bytes === 0) this.#firstByteAt = performance.now()
    if (this.#bytes < KEPT_BYTES) this.#kept.push(chunk.subarray(0, KEPT_BYTES - this.#bytes))
    this.#bytes += chunk.byteLength
    this.#begin()
    if (this.crowd.leaves === 'reading') this.leave()
  }

  #ended(end: End): void {
    if (this.#end !== 'never') return
    this.#end = end
    this.#endAt = performance.now()
    this.#begin()
    this.#finish()
  }
}
