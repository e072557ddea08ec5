/** A real origin on loopback that answers by script, and misbehaves by script. */

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer as createTcpServer } from 'node:net'
import { Barrier, Tally } from './barrier.js'

type Field = readonly [name: string, value: string]

/** Breaks the connection with a TCP reset. Bytes the other side has not read yet may be lost: put a barrier before it. */
export const RESET = Symbol('reset')
/** Ends the connection where it is. */
export const CLOSE = Symbol('close')
/** Says nothing more, and keeps the connection. */
export const SILENCE = Symbol('silence')

/** Bytes to write, a barrier to wait at, or a fault. */
export type Step = string | Uint8Array | Barrier | typeof RESET | typeof CLOSE | typeof SILENCE
export type Steps = Step | Iterable<Step> | AsyncIterable<Step>
export type Headers = Readonly<Record<string, string | readonly string[]>> | readonly Field[]

/** An answer in HTTP. Bytes alone as `body` declare their length; several steps are sent chunked, one chunk each. */
export interface HttpAnswer {
  readonly status?: number
  readonly statusText?: string
  /** Lines as written; an array of values is as many lines. `Date` is only sent where it is given here. */
  readonly headers?: Headers
  readonly body?: Steps
  /** A `Content-Length` that may be a lie; after the body the connection ends. */
  readonly declaredLength?: number
  readonly trailers?: Readonly<Record<string, string>>
  /** 1xx heads before the answer. */
  readonly informational?: readonly { readonly status: number; readonly headers?: Headers }[]
}

/** Whatever goes straight to the socket in place of HTTP. */
export interface RawAnswer {
  readonly raw: Steps
}

export type Answer = HttpAnswer | RawAnswer

/** Answers by request; `nth` counts the requests of this path from 1. */
export type Script = (request: OriginRequest, nth: number) => Answer | Promise<Answer>

/** A request as it came over the wire. */
export interface OriginRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Lower-case names, in order, repeated lines apart. */
  readonly fields: readonly Field[]
  readonly body: string
  /** It is answered, or nobody waits for it any more. */
  readonly isOver: boolean
  /** The first value of a field. */
  header(name: string): string | undefined
}

export const neverAnswers: Answer = { raw: SILENCE }
export const resetsBeforeHeaders: Answer = { raw: RESET }
export const closesBeforeHeaders: Answer = { raw: CLOSE }
export const answersGarbage: Answer = { raw: ['SSH-2.0-not-what-you-wanted\r\n\r\n', CLOSE] }

/** What is known about one path. */
class Path {
  readonly heads = new Tally()
  readonly arrivals = new Tally()
  readonly hangUps = new Tally()
  readonly requests: OriginRequest[] = []
  script: Script = () => ({ status: 404, body: 'no script' })
  held: Barrier | undefined
  running = 0
  mostAtOnce = 0
}

export class Origin implements AsyncDisposable {
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #paths = new Map<string, Path>()
  readonly #requests: OriginRequest[] = []
  #connections = 0

  constructor() {
    this.#server.on('connection', (socket: Socket) => {
      this.#connections += 1
      socket.on('error', () => {})
    })
  }

  async listen(port: number): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  /** Scheme, host and port. */
  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  url(path: string): string {
    return this.base + path
  }

  /** What `path` (its query is not looked at) answers: always this, one after another with the last for good, or by script. */
  on(path: string, answer: Answer | readonly Answer[] | Script): this {
    this.#path(path).script = typeof answer === 'function' ? answer : (_request, nth) => inTurn(answer, nth)
    return this
  }

  /** All requests, in the order they came. */
  get requests(): readonly OriginRequest[] {
    return this.#requests
  }

  requestsOf(path: string): readonly OriginRequest[] {
    return this.#path(path).requests
  }

  count(path: string): number {
    return this.#path(path).arrivals.count
  }

  /** Requests that are being answered. */
  get active(): number {
    let active = 0
    for (const { running } of this.#paths.values()) active += running
    return active
  }

  /** Connections ever made. */
  get connections(): number {
    return this.#connections
  }

  /** Most requests of `path` that were being answered at one time. */
  mostAtOnce(path: string): number {
    return this.#path(path).mostAtOnce
  }

  /** Requests of `path` stay unanswered until the barrier is opened. */
  hold(path: string): Barrier {
    const barrier = new Barrier()
    this.#path(path).held = barrier
    return barrier
  }

  /** Resolves once the heads of `count` requests for `path` have come, whatever becomes of their bodies. */
  begun(path: string, count = 1): Promise<void> {
    return this.#path(path).heads.reached(count)
  }

  /** Resolves once `path` was asked for `count` times. */
  arrived(path: string, count = 1): Promise<void> {
    return this.#path(path).arrivals.reached(count)
  }

  /** Resolves once `count` connections were closed by the other side before their answer on `path` was whole. */
  hungUp(path: string, count = 1): Promise<void> {
    return this.#path(path).hangUps.reached(count)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #path(target: string): Path {
    const name = target.split('?', 1)[0] ?? target
    const path = this.#paths.get(name) ?? new Path()
    this.#paths.set(name, path)
    return path
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = this.#path(incoming.url ?? '/')
    path.running += 1
    path.mostAtOnce = Math.max(path.mostAtOnce, path.running)
    response.on('close', () => {
      path.running -= 1
      if (!response.writableFinished) path.hangUps.add()
    })
    path.heads.add()
    try {
      const request = await read(incoming, response)
      this.#requests.push(request)
      path.requests.push(request)
      const nth = path.arrivals.add()
      await path.held?.opened
      await send(await path.script(request, nth), response)
    } catch (error) {
      if (!response.destroyed) response.destroy(error as Error)
    }
  }
}

/** Starts an origin, on a port of its own unless told otherwise. */
export function startOrigin(port = 0): Promise<Origin> {
  return new Origin().listen(port)
}

/** The base URL of a port where nobody listens, nor comes to: this process holds it as the near end of a connection. */
export async function closedPort(): Promise<string> {
  const far = createTcpServer((socket) => socket.unref())
  far.listen(0, '127.0.0.1').unref()
  await once(far, 'listening')
  const near = connect((far.address() as AddressInfo).port, '127.0.0.1').unref()
  await once(near, 'connect')
  return `http://127.0.0.1:${near.localPort}`
}

function inTurn(answers: Answer | readonly Answer[], nth: number): Answer {
  const list = Array.isArray(answers) ? (answers as readonly Answer[]) : [answers as Answer]
  return list[Math.min(nth, list.length) - 1] ?? { status: 404, body: 'no answer' }
}

async function read(incoming: IncomingMessage, response: ServerResponse): Promise<OriginRequest> {
  const body: Buffer[] = []
  for await (const chunk of incoming) body.push(chunk)
  const fields = pairs(incoming.rawHeaders).map(([name, value]): Field => [name.toLowerCase(), value])
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    fields,
    body: Buffer.concat(body).toString(),
    get isOver() {
      return response.closed
    },
    header: (wanted) => fields.find(([name]) => name === wanted)?.[1],
  }
}

async function send(answer: Answer, response: ServerResponse): Promise<void> {
  const { socket } = response
  if (socket === null) return
  if ('raw' in answer) {
    await write(answer.raw, socket, socket)
    return
  }
  for (const { status, headers } of answer.informational ?? []) {
    const lines = list(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 ${status} Early\r\n${lines.join('')}\r\n`)
  }
  response.sendDate = false
  const { status = 200, statusText, body = '', trailers } = answer
  const headers = [...list(answer.headers), ...framing(answer, body)].flat()
  if (statusText === undefined) response.writeHead(status, headers)
  else response.writeHead(status, statusText, headers)
  response.flushHeaders()
  if ((await write(body, response, socket)) === 'cut') return
  if (trailers) response.addTrailers(trailers)
  response.end()
  if (answer.declaredLength !== undefined) socket.end()
}

function framing(answer: HttpAnswer, body: Steps): Field[] {
  const length = answer.declaredLength ?? (isBytes(body) && !answer.trailers ? Buffer.byteLength(body) : undefined)
  const isGiven = list(answer.headers).some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const hasNoBody = answer.status === 204 || answer.status === 304
  if (isGiven || hasNoBody) return []
  return [length === undefined ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(length)]]
}

/** Takes one step after another, at the pace of the connection. `cut`: a fault ended it. */
async function write(steps: Steps, sink: ServerResponse | Socket, socket: Socket): Promise<'whole' | 'cut'> {
  const sequence: Iterable<Step> | AsyncIterable<Step> = isStep(steps) ? [steps] : steps
  for await (const step of sequence) {
    if (socket.destroyed) return 'cut'
    if (step instanceof Barrier) await step.opened
    else if (isBytes(step)) await writeBytes(step, sink, socket)
    else {
      if (step === RESET) reset(socket)
      if (step === CLOSE) socket.end()
      return 'cut'
    }
  }
  return 'whole'
}

/** `resetAndDestroy` sends a FIN first, and which of the two is seen is a race; this is the half of it that resets. */
function reset(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true)
  socket.destroy()
}

function writeBytes(bytes: string | Uint8Array, sink: ServerResponse | Socket, socket: Socket): Promise<void> | void {
  if (bytes.length === 0 || sink.write(bytes)) return
  return new Promise((resolve) => {
    const done = () => {
      sink.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    sink.once('drain', done)
    socket.once('close', done)
  })
}

function isBytes(steps: Steps): steps is string | Uint8Array {
  return typeof steps === 'string' || steps instanceof Uint8Array
}

function isStep(steps: Steps): steps is Step {
  return isBytes(steps) || typeof steps === 'symbol' || steps instanceof Barrier
}

function list(headers: Headers = []): Field[] {
  if (Array.isArray(headers)) return [...(headers as readonly Field[])]
  return Object.entries(headers as Readonly<Record<string, string | readonly string[]>>).flatMap(([name, values]) =>
    [values].flat().map((value): Field => [name, value]),
  )
}

function pairs(flat: readonly string[]): Field[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []))
}
