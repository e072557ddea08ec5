/** Writes a head with `node:http`, adapted to the client's HTTP version and method. */

import type { ServerResponse } from 'node:http'
import { hasNoBody } from '../../http/body-length.js'
import { HITS_FIELD } from '../../http/cache-status.js'
import { type Field, has, type ResponseHead } from '../../http/message.js'
import { SharedHead } from '../../pending/shared-heads.js'
import { begin } from './begin.js'
import { isHttp11 } from './framing.js'

/** Writes an interim head. Only HTTP/1.1 has these, and a 101 is never forwarded (RFC 9110 15.2, 15.2.2). */
export function writeInterim(response: ServerResponse, { status, statusText, fields }: ResponseHead): void {
  const { socket, req } = response
  if (response.headersSent || status === 101 || !isHttp11(req)) return
  // An interim head may be left out. A response has no socket while earlier answers of its pipeline are being written, and for a
  // client that does not read, nothing more must pile up.
  if (socket === null || socket.writableNeedDrain) return
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n`, 'latin1')
}

/** A head prepared for Node: names and values in turn, which keeps repeated lines apart. */
interface Lines {
  readonly of: ResponseHead
  readonly more: Field | undefined
  readonly lines: string[]
  readonly hitsAt: number
  readonly isDated: boolean
  readonly announcesTrailers: boolean
}

/** The lines of the last head. Followers of one fetch share their head, except for the number of hits. */
let last: Lines | undefined

/** Writes a head. `more` is a field line to add. Node adds a `Date` only if the head has none. */
export function writeHead(response: ServerResponse, head: ResponseHead, more: Field | undefined): void {
  const common = head instanceof SharedHead ? head.common : head
  if (last?.of !== common || last.more !== more) last = linesOf(common, more)
  let { lines } = last
  if (head instanceof SharedHead && head.hits !== undefined) lines = lines.with(last.hitsAt, String(head.hits))
  if (last.isDated) response.sendDate = false
  if (last.announcesTrailers) lines = withTrailers(response, head.status, lines)
  begin(response, head, lines)
}

function linesOf(head: ResponseHead, more: Field | undefined): Lines {
  const { fields } = head
  return {
    of: head,
    more,
    lines: (more === undefined ? fields : [...fields, more]).flat(),
    hitsAt: 2 * fields.findLastIndex(([name]) => name === HITS_FIELD) + 1,
    isDated: has(fields, 'date'),
    announcesTrailers: has(fields, 'trailer'),
  }
}

/** Trailers need a chunked body (RFC 9112 7.1.2): drops the announced length, or the announcement if the body cannot be chunked. */
function withTrailers({ req }: ServerResponse, status: number, lines: readonly string[]): string[] {
  const chunked = isHttp11(req) && !hasNoBody(req.method, status)
  const unwanted = chunked ? 'content-length' : 'trailer'
  return lines.filter((_, at) => lines[at - (at % 2)] !== unwanted)
}
