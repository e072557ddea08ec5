/** How an answer's body can be framed, given the client's HTTP version. */

import type { IncomingMessage } from 'node:http'

/** Only HTTP/1.1 has chunked bodies and interim heads (RFC 9112 6.1, RFC 9110 15.2). */
export function isHttp11({ httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMajor === 1 && httpVersionMinor >= 1
}
