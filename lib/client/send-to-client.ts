/** An answer on its way out to a client of this process' own HTTP server (semantics 1.6). */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import type { Fields } from '../http/message.js'
import type { HeaderOps } from '../pending/header-ops.js'
import { type Pending, promised } from '../scheduler/index.js'
import type { PendingRequest } from './pending-request.js'
import type { HttpResponse } from './response.js'

export interface SendToClientOptions {
  readonly response: ServerResponse
  readonly ops: HeaderOps
  /** Whether the request goes past the cache, and can be handed over before it is answered. */
  readonly isDirect: () => boolean
}

/** Done when the answer is handed over: at once for a direct request, with the head for any other. The body follows by itself. */
export function sendToClient(pending: PendingRequest, options: SendToClientOptions): Pending<void> {
  const { response, isDirect } = options
  if (response.headersSent) throw new InvalidArgumentError('this client has been answered already')
  const { scheduler } = pending
  const behind = (operation: () => Operation<void>) =>
    void scheduler.spawn(operation).then(undefined, () => response.destroy())
  response.once('close', () => {
    if (!response.writableEnded) pending.cancel(new Error('the client went away'))
  })
  return scheduler.spawn(function* sendToClient() {
    pending.poll()
    if (isDirect()) return behind(() => deliverDirect(pending, options))
    const answer = yield* pending
    writeHead(response, answer)
    behind(() => writeBody(response, answer))
  })
}

/** A direct request was handed over whatever becomes of it, so a failure has to become an answer here. */
function* deliverDirect(pending: PendingRequest, { response, ops }: SendToClientOptions): Operation<void> {
  let answer: HttpResponse
  try {
    answer = yield* pending
  } catch {
    if (response.headersSent || response.destroyed) return
    response.writeHead(502, flat(ops.apply([['content-length', '0']], 'error')))
    response.end()
    return
  }
  writeHead(response, answer)
  yield* writeBody(response, answer)
}

function writeHead(response: ServerResponse, answer: HttpResponse): void {
  response.writeHead(answer.status, answer.statusText || undefined, flat([...answer.headers]))
}

/** Waits for room before it reads on. A client that goes away ends the reading; a body that fails ends the connection. */
function* writeBody(response: ServerResponse, answer: HttpResponse): Operation<void> {
  try {
    for (;;) {
      const chunk = yield* answer.read()
      if (chunk === undefined || response.destroyed) break
      if (!response.write(chunk)) yield* promised(roomOrClosed(response))
    }
    response.end()
  } catch (failure) {
    response.destroy()
    throw failure
  } finally {
    answer.cancel()
  }
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

/** Node takes names and values in turn, and keeps repeated lines apart. */
function flat(fields: Fields): string[] {
  return fields.flat()
}
