/** An answer that breaks off: its client must not take what came for all of it. */

import type { ServerResponse } from 'node:http'

/**
 * Ends `response` with its connection. To HTTP/1.0 the end of a connection is the end of a body, so that only a reset says that
 * there was more (RFC 9112 8).
 */
export function cut(response: ServerResponse): void {
  if (isWholeAtEnd(response)) reset(response)
  response.destroy()
}

/** Whether its client would take a body for whole that ends with its connection, whatever its length. */
export function isWholeAtEnd({ headersSent, req }: ServerResponse): boolean {
  return headersSent && req.httpVersionMajor === 1 && req.httpVersionMinor === 0
}

function reset({ socket }: ServerResponse): void {
  try {
    socket?.resetAndDestroy()
  } catch {
    // Only TCP has resets. TLS says by itself that its end has not come (RFC 8446 6.1).
  }
}
