/** Which fields may come behind a body: none that had to be known before it (RFC 9110 6.5.1). */

import { withoutUnstorable } from './hop.js'
import { type Fields, without } from './message.js'

/** Framing, what controls caches and clients, what describes the content, and cookies, which would pass by all that is asked of heads. */
const OF_HEADS = [
  'age',
  'cache-control',
  'cdn-cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expires',
  'host',
  'location',
  'retry-after',
  'set-cookie',
  'set-cookie2',
  'surrogate-control',
  'surrogate-key',
  'trailer',
  'vary',
  'warning',
  'www-authenticate',
] as const

/** `trailers` without what counts in a head only: nobody looks for it there, so nobody would keep it from those it is not for. */
export function allowedTrailers(trailers: Fields): Fields {
  return trailers.length === 0 ? trailers : without(withoutUnstorable(trailers), ...OF_HEADS)
}
