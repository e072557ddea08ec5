/** Reads the body of a client's request: asks for it by 100 (Continue) when needed, and refuses one that is too long. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { RefusedError } from './refusal.js'

export interface UploadOptions {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly maxBytes: number
  /** Whether the client waits for a 100 before it sends the body (RFC 9110 10.1.1). */
  readonly expects: 'continue' | 'nothing'
}

/** The body as a source of chunks. The connection is read only as fast as the chunks are taken. */
export async function* upload(options: UploadOptions): AsyncGenerator<Uint8Array> {
  const { request, response, maxBytes, expects } = options
  let bytes = 0
  // Also if the body is there already: without a 100, Node would end the connection with the answer.
  if (expects === 'continue' && !response.headersSent) response.writeContinue()
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

/** Reads and drops the rest, because the next request comes after it (RFC 9112 9.3); ends the connection if that is too long. */
function drain(request: IncomingMessage, atMost: number): void {
  let left = atMost
  request.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left < 0) request.destroy()
  })
}
