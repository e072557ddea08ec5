/** What an answer's body can be framed by, as its request has it. */

import type { IncomingMessage } from 'node:http'

/** Whether an answer has no body, whatever its fields say of one (RFC 9112 6.3). */
export function hasNoBody(method: string | undefined, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

/** Only HTTP/1.1 has chunked bodies and interim heads (RFC 9112 6.1, RFC 9110 15.2). */
export function isHttp11({ httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMajor === 1 && httpVersionMinor >= 1
}
