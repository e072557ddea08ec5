/** The process of the origin: answers each path as its test declares, and records the requests it receives. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Fields, type OriginAnswer, PAUSE_MS } from './declaration.js'
import type { Command, Commands, Ledger, Received, Reply } from './origin.js'

/** One path: the answers of its test, and the requests that came for it. */
class PathState {
  answers: readonly OriginAnswer[] = []
  readonly requests: Received[] = []
  #first = 1
  #running = 0
  #mostAtOnce = 0
  #gate: Promise<void> | undefined
  #openGate = () => {}
  #waiting: { readonly count: number; readonly tell: () => void }[] = []

  begin(answers: readonly OriginAnswer[], gate: 'open' | 'closed', first: number): void {
    this.answers = answers
    this.#first = first
    this.requests.length = 0
    this.#mostAtOnce = 0
    if (gate === 'closed') {
      this.#gate = new Promise((resolve) => {
        this.#openGate = resolve
      })
    }
  }

  open(): void {
    this.#gate = undefined
    this.#openGate()
  }

  /** Resolves once `count` requests have come. */
  reached(count: number): Promise<void> {
    return new Promise((tell) => {
      if (this.requests.length >= count) tell()
      else this.#waiting.push({ count, tell })
    })
  }

  ledger(): Ledger {
    return { requests: [...this.requests], mostAtOnce: this.#mostAtOnce }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = this.#enter(request, response)
    const answer = this.answers[Math.min(at, this.answers.length - 1)] ?? { response_status: 404 }
    request.resume()
    await this.#gate
    await pause(answer.response_pause ?? PAUSE_MS)
    await send(answer, this.#first + at, request, response)
  }

  /** Records a request. Returns its place in the order of arrival, from 0. */
  #enter(request: IncomingMessage, response: ServerResponse): number {
    this.#running += 1
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#running)
    response.once('close', () => {
      this.#running -= 1
    })
    this.requests.push({ method: request.method ?? '', fields: Object.keys(request.headers) })
    for (const { count, tell } of this.#waiting) if (this.requests.length >= count) tell()
    this.#waiting = this.#waiting.filter(({ count }) => count > this.requests.length)
    return this.requests.length - 1
  }
}

async function send(answer: OriginAnswer, nth: number, request: IncomingMessage, response: ServerResponse) {
  const { response_fault: fault, response_body_pause: bodyPause, response_framing: framing } = answer
  if (fault === 'no head') return void response.destroy()
  const body = bodyOf(answer, nth, request)
  const status = statusOf(answer, request)
  const fields = (answer.response_headers ?? []).map(([name, value]) => [name, filled(value, nth, request)])
  const length: Fields = framing === 'chunked' || status === 304 ? [] : [['Content-Length', String(body.byteLength)]]
  response.writeHead(status, [...fields, ...length].flat())
  if (status === 304) return void response.end()
  if (fault === undefined && bodyPause === undefined) return void response.end(body)
  const middle = body.byteLength >> 1
  response.write(body.subarray(0, middle))
  await pause(bodyPause ?? 0)
  if (fault === 'half a body') response.destroy()
  else response.end(body.subarray(middle))
}

function statusOf({ response_status: status = 200 }: OriginAnswer, { headers }: IncomingMessage): number {
  const isConditional = 'if-none-match' in headers || 'if-modified-since' in headers
  return status === 304 && !isConditional ? 200 : status
}

function bodyOf(answer: OriginAnswer, nth: number, request: IncomingMessage): Buffer {
  const { response_body: text = 'answer {nth}', response_body_bytes: bytes } = answer
  return bytes === undefined ? Buffer.from(filled(text, nth, request)) : Buffer.alloc(bytes, 'tide')
}

function filled(text: string, nth: number, { headers }: IncomingMessage): string {
  return text.replace(/\{([\w-]+)\}/g, (_, name: string) =>
    name === 'nth' ? String(nth) : String(headers[name] ?? ''),
  )
}

const paths = new Map<string, PathState>()

function stateOf(path: string): PathState {
  const known = paths.get(path) ?? new PathState()
  paths.set(path, known)
  return known
}

const commands: Commands = {
  begin: async ({ path, answers, gate, first }) => stateOf(path).begin(answers, gate, first),
  open: async ({ path }) => stateOf(path).open(),
  reached: ({ path, count }) => stateOf(path).reached(count),
  ledger: async ({ path }) => stateOf(path).ledger(),
}

process.on('message', async ({ serial, name, argument }: Command) => {
  const result = await commands[name](argument as never)
  process.send?.({ serial, result } satisfies Reply)
})
process.on('disconnect', () => process.exit())

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  request.on('error', () => {})
  stateOf(request.url ?? '')
    .answer(request, response)
    .catch(() => response.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.((server.address() as AddressInfo).port),
)
