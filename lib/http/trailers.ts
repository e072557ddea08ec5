/** Which fields may be trailers: none that a recipient must know before the body (RFC 9110 6.5.1). */

import { withoutUnstorable } from './hop.js'
import { type Fields, members, without, withoutListed } from './message.js'

/**
 * Fields for framing, for the control of caches and clients, and about the content; and cookies, for which only heads are
 * checked.
 */
const HEAD_ONLY = [
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

/**
 * `trailers` without the fields that count only in a head, and without those that `Connection` in `head`, the message's head, lists
 * (RFC 9110 7.6.1). The rules that keep such a field from clients for which it is not meant look at heads alone, so a trailer of
 * that name would pass them.
 */
export function allowedTrailers(trailers: Fields, head: Fields = []): Fields {
  if (trailers.length === 0) return trailers
  const listed = members(head, 'connection').map((option) => option.toLowerCase())
  return withoutListed(without(withoutUnstorable(trailers), ...HEAD_ONLY), listed)
}
