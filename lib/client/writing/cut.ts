/** Breaks an answer off, in a way that its client cannot take for a whole answer. */

import type { ServerResponse } from 'node:http'

/**
 * Ends `response` by closing its connection. For an HTTP/1.0 client the end of the connection is the end of the body, so only a
 * reset tells it that bytes are missing (RFC 9112 8).
 */
export function cut(response: ServerResponse): void {
  if (isWholeAtEnd(response)) reset(response)
  response.destroy()
}

/** Whether the client takes a body that ends with its connection for whole, whatever its length. */
export function isWholeAtEnd({ headersSent, req }: ServerResponse): boolean {
  return headersSent && req.httpVersionMajor === 1 && req.httpVersionMinor === 0
}

function reset({ socket }: ServerResponse): void {
  try {
    socket?.resetAndDestroy()
  } catch {
    // Only TCP has resets. With TLS, a missing close alert tells the client (RFC 8446 6.1).
  }
}
