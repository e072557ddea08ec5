/** A resource that an origin serves in parts, as RFC 9110 14 has it. */

import type { HttpAnswer } from './answer.js'
import type { OriginRequest, Script } from './origin.js'

export interface Ranged {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks `resource` each time, so that it may change. One range, in bytes; `If-Range` and `If-None-Match` against its `ETag`. */
export function ranged(resource: () => Ranged): Script {
  return (request) => {
    const { body, headers = {} } = resource()
    const tag = headers['ETag']
    if (tag !== undefined && request.header('if-none-match') === tag) return { status: 304, headers }
    return part(request, body, headers) ?? { headers, body }
  }
}

function part(request: OriginRequest, body: string, headers: Readonly<Record<string, string>>): HttpAnswer | undefined {
  const condition = request.header('if-range')
  const known = [headers['ETag'], headers['Last-Modified']]
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.header('range') ?? '') ?? []
  if ((condition !== undefined && !known.includes(condition)) || from + to === '') return undefined
  const start = from === '' ? Math.max(0, body.length - Number(to)) : Number(from)
  const end = from === '' || to === '' ? body.length : Math.min(Number(to) + 1, body.length)
  if (start >= body.length) return { status: 416, headers: { 'Content-Range': `bytes */${body.length}` } }
  const contentRange = `bytes ${start}-${end - 1}/${body.length}`
  return { status: 206, headers: { ...headers, 'Content-Range': contentRange }, body: body.slice(start, end) }
}
