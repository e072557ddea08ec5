/** A real origin on loopback that answers by script, and knows what it was asked. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Answer, type Field, send } from './answer.js'
import { Barrier, Tally } from './barrier.js'

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
  /** Set once it is answered, or no client waits for it any more. */
  readonly isOver: boolean
  /** The first value of a field. */
  header(name: string): string | undefined
}

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

function pairs(flat: readonly string[]): Field[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []))
}
