/** The begin of an answer by `node:http`, whatever the program has set on it before. */

import type { ServerResponse } from 'node:http'
import { hasNoBody } from '../../http/body-length.js'
import { isHttp11 } from './framing.js'

/** A head without its lines. */
interface StatusLine {
  readonly status: number
  readonly statusText: string
}

/**
 * `lines` are names and values in turn, as they are to go out. What the program has set stays where they do not name it, but
 * for what frames a body: that is up to whoever writes it.
 */
export function begin(response: ServerResponse, { status, statusText }: StatusLine, lines: string[]): void {
  const reason = statusText || undefined
  if (response.getHeaderNames().length === 0) return void response.writeHead(status, reason, lines)
  unframe(response, status, lines)
  // Once a field was set, Node 20 keeps of repeated lines the last alone: of several `Set-Cookie`, one.
  for (let at = 0; at < lines.length; at += 2) response.removeHeader(lines[at] as string)
  for (let at = 0; at < lines.length; at += 2) response.appendHeader(lines[at] as string, lines[at + 1] as string)
  response.writeHead(status, reason)
}

/** A length of the program's would be believed, and a coding beside a length is a smuggled answer (RFC 9112 6.3). */
function unframe(response: ServerResponse, status: number, lines: readonly string[]): void {
  response.removeHeader('content-length')
  if (!response.hasHeader('transfer-encoding')) return
  const { req } = response
  const chunked = isHttp11(req) && !hasNoBody(req.method, status) && !lines.includes('content-length')
  // Node would end a body with its connection if the coding were taken away.
  if (chunked) response.setHeader('transfer-encoding', 'chunked')
  else response.removeHeader('transfer-encoding')
}
