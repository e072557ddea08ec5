/** Writes the head of an answer with `node:http`, and merges it with headers that the program has set on the response. */

import type { ServerResponse } from 'node:http'
import { hasNoBody } from '../../http/body-length.js'
import { isHttp11 } from './framing.js'

/** A head without its field lines. */
interface StatusLine {
  readonly status: number
  readonly statusText: string
}

/**
 * `lines` are names and values in turn, as they are to be sent. A header that the program has set stays if `lines` do not name it,
 * except headers that frame a body: those depend on how the body is written here.
 */
export function begin(response: ServerResponse, { status, statusText }: StatusLine, lines: string[]): void {
  const reason = statusText || undefined
  if (response.getHeaderNames().length === 0) return void response.writeHead(status, reason, lines)
  unframe(response, status, lines)
  // Once a header is set, Node 20 keeps only the last of repeated lines given to `writeHead`: one of several `Set-Cookie`.
  for (let at = 0; at < lines.length; at += 2) response.removeHeader(lines[at] as string)
  for (let at = 0; at < lines.length; at += 2) response.appendHeader(lines[at] as string, lines[at + 1] as string)
  response.writeHead(status, reason)
}

/** Removes the program's framing. A wrong length would be believed; a coding beside a length allows smuggling (RFC 9112 6.3). */
function unframe(response: ServerResponse, status: number, lines: readonly string[]): void {
  response.removeHeader('content-length')
  if (!response.hasHeader('transfer-encoding')) return
  const { req } = response
  const chunked = isHttp11(req) && !hasNoBody(req.method, status) && !lines.includes('content-length')
  // If the coding were removed, Node would end the body by closing the connection.
  if (chunked) response.setHeader('transfer-encoding', 'chunked')
  else response.removeHeader('transfer-encoding')
}
