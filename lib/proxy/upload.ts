/** A request's body on its way in: asked for when somebody reads it, and no longer than allowed. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from './connection.js'
import { RefusedError } from './refusal.js'

export interface UploadOptions {
  readonly connection: Connection
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly maxBytes: number
  /** Whether the client waits for a 100 before it sends the body (RFC 9110 10.1.1). */
  readonly expects: 'continue' | 'nothing'
}

/** Reading is back pressure enough: the connection is read as fast as whoever takes the bytes. */
export async function* upload(options: UploadOptions): AsyncGenerator<Uint8Array> {
  const { connection, request, response, maxBytes, expects } = options
  let bytes = 0
  if (expects === 'continue') {
    // Written before its turn, Node sends it behind the head of the answer.
    connection.inTurn(response, () => {
      if (bytes === 0 && !response.headersSent) response.writeContinue()
    })
  }
  let end: 'over' | 'left' = 'left'
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) {
        end = 'over'
        throw new RefusedError({ status: 413, why: `more than ${maxBytes} bytes`, connection: 'close' })
      }
      yield chunk
    }
    end = 'over'
  } finally {
    if (end === 'left') drain(request, maxBytes - bytes)
  }
}

/** Nobody wants the rest, and the next request comes behind it (RFC 9112 9.3). */
function drain(request: IncomingMessage, atMost: number): void {
  let left = atMost
  request.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left < 0) request.destroy()
  })
}
