/** What an origin answers, misbehaviour included, and how that goes over the wire. */

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Barrier } from './barrier.js'

export type Field = readonly [name: string, value: string]

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

export const neverAnswers: Answer = { raw: SILENCE }
export const resetsBeforeHeaders: Answer = { raw: RESET }
export const closesBeforeHeaders: Answer = { raw: CLOSE }
export const answersGarbage: Answer = { raw: ['SSH-2.0-not-what-you-wanted\r\n\r\n', CLOSE] }

export async function send(answer: Answer, response: ServerResponse): Promise<void> {
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
    else if (isBytes(step)) {
      await writeBytes(step, sink, socket)
      if (sink !== socket) await hasLeft()
    } else {
      if (step === RESET) reset(socket)
      if (step === CLOSE) socket.end()
      return 'cut'
    }
  }
  return 'whole'
}

/** Bytes written to a response before this are one chunk to newer versions of Node. */
function hasLeft(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
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
