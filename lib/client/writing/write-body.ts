/** Writes a body to a client of `node:http`: the available bytes at once, the rest as it comes and as there is room. */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import type { Field, Fields } from '../../http/message.js'
import { promised } from '../../scheduler/index.js'
import type { HttpResponse } from '../response/response.js'
import { cut } from './cut.js'
import { writeHead } from './write-head.js'

/** What is left to write: nothing, however the body ended, or a rest for `writeRest`. */
export type Left = 'nothing' | 'a rest'

const NOTHING = Buffer.alloc(0)

/** The first chunk of a body; without a chunk, the body is empty. */
interface Beginning {
  readonly chunk: Uint8Array | undefined
}

/**
 * Writes the head and the available bytes of the body, in one piece and synchronously. So if many clients are answered together,
 * none waits until the last has been served. If the head cannot be written, or the body has failed before its first byte, throws
 * and has written nothing. A client that has gone gets nothing.
 */
export function writeBegin(response: ServerResponse, answer: HttpResponse, more?: Field): Left {
  if (response.destroyed) {
    answer.cancel()
    return 'nothing'
  }
  let beginning: Beginning | undefined
  try {
    if (answer.readable) beginning = { chunk: answer.take() }
    writeHead(response, answer.head, more)
  } catch (failure) {
    answer.cancel()
    throw failure
  }
  try {
    if (beginning !== undefined) return writeReady(response, answer, beginning)
    // The head is sent even if its body is slow.
    writeHeadAlone(response)
    return 'a rest'
  } catch {
    breakOff(response, answer)
    return 'nothing'
  }
}

/** Writes the rest; waits for room before each read. If the client goes away, reading ends; if the body fails, the connection. */
export function* writeRest(response: ServerResponse, answer: HttpResponse): Operation<void> {
  try {
    for (let left: Left = 'a rest'; left !== 'nothing'; left = writeReady(response, answer)) {
      if (response.writableNeedDrain) yield* promised(roomOrClosed(response))
      yield* answer.untilReadable()
    }
  } catch (failure) {
    cut(response)
    throw failure
  } finally {
    answer.cancel()
  }
}

/** Sends the head with an empty chunk: Node's own `flushHeaders` encodes octets above 127 as UTF-8 (RFC 9110 5.5). */
function writeHeadAlone(response: ServerResponse): void {
  const { socket } = response
  socket?.cork()
  response.write(NOTHING)
  socket?.uncork()
}

/** Writes what is available. Node delays its writes to a later turn; corking and uncorking the socket sends them at once. */
function writeReady(response: ServerResponse, answer: HttpResponse, beginning?: Beginning): Left {
  const { socket } = response
  socket?.cork()
  try {
    let left: Left = beginning === undefined ? 'a rest' : write(response, answer, beginning.chunk)
    while (left !== 'nothing' && answer.readable && !response.writableNeedDrain) {
      if (response.destroyed) return 'nothing'
      left = write(response, answer, answer.take())
    }
    return left
  } finally {
    socket?.uncork()
  }
}

function write(response: ServerResponse, { trailers }: HttpResponse, chunk: Uint8Array | undefined): Left {
  if (chunk !== undefined) {
    response.write(chunk)
    return 'a rest'
  }
  if (trailers !== undefined && trailers.length > 0) response.addTrailers(pairs(trailers))
  response.end()
  return 'nothing'
}

function breakOff(response: ServerResponse, answer: HttpResponse): void {
  cut(response)
  answer.cancel()
}

function roomOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

/** Node takes trailers as pairs, though its types do not say so. */
function pairs(fields: Fields): [string, string][] {
  return fields.map(([name, value]) => [name, value])
}
