/** A body on its way to a client of `node:http`: what is there at once, the rest as it comes and as there is room for it. */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import type { Field, Fields } from '../../http/message.js'
import { promised } from '../../scheduler/index.js'
import type { HttpResponse } from '../response/response.js'
import { cut } from './cut.js'
import { writeHead } from './write-head.js'

/** What is left of a body: nothing any more, whichever way it ended; or what `writeRest` writes. */
export type Left = 'nothing' | 'a rest'

const NOTHING = Buffer.alloc(0)

/** What comes first of a body, or that it has ended. */
interface Beginning {
  readonly chunk: Uint8Array | undefined
}

/**
 * Writes the head, with all that is there of the body, in one piece and here and now: of a crowd that is answered together
 * nobody waits for the last of it. Throws where the head cannot be written, or the body has failed before its first byte, and
 * has written nothing then; a client that went away gets nothing.
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
    // Nobody waits for a head because its body is slow.
    writeHeadAlone(response)
    return 'a rest'
  } catch {
    breakOff(response, answer)
    return 'nothing'
  }
}

/** Waits for room before it reads on. A client that goes away ends the reading; a body that fails ends the connection. */
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

/** By an empty piece of body: Node's own `flushHeaders` makes UTF-8 of the octets above 127 (RFC 9110 5.5). */
function writeHeadAlone(response: ServerResponse): void {
  const { socket } = response
  socket?.cork()
  response.write(NOTHING)
  socket?.uncork()
}

/** Node puts off what it writes until everybody has had a turn: holding the connection back by hand lets it go before. */
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

/** For trailers Node takes pairs, though its types do not say so. */
function pairs(fields: Fields): [string, string][] {
  return fields.map(([name, value]) => [name, value])
}
