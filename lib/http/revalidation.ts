/** The request a cache sends to the origin in a client's place (RFC 9111 3.3, 4.3.1). */

import { isPart } from './content-range.js'
import {
  type Field,
  type Fields,
  first,
  has,
  type RequestHead,
  type ResponseHead,
  sameFields,
  values,
  without,
} from './message.js'
import type { Policy } from './policy.js'
import { canAnswer, forwardedRange, missingRange } from './stored-part.js'

const CLIENTS_OWN = [
  'range',
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
] as const

const ABOUT_STORED = ['range', 'if-range', 'if-none-match', 'if-modified-since'] as const

/**
 * `request` as sent by a leader: `GET` for `HEAD`, without the client's conditions and, unless the policy forwards it, its
 * range. Where `stored` can answer it, with the validators of that; where it is a part that cannot, for what is missing.
 * Method and fields are those of the lookup; the body is not spoken of.
 */
export function suggestedRequest(request: RequestHead, stored: ResponseHead | undefined, policy: Policy): RequestHead {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const more = stored === undefined ? clientsRange(request, policy) : askedOf(request, stored, policy)
  return { ...request, method, fields: [...without(request.fields, ...CLIENTS_OWN), ...more] }
}

/**
 * Whether `request`, for which nothing is stored, goes to its origin as it is and past the store, where a leader would have asked
 * for more: for a whole where a range is wanted, or anew what the caller has. That is for answers which others may have too. One
 * to `Authorization` mostly is its caller's alone (RFC 9111 3.5), who may have signed just what was asked; and so is one that is
 * `marked`, as nothing was stored a moment ago.
 */
export function isForwardedAsIs(request: RequestHead, marked: boolean, policy: Policy): boolean {
  const isForOne = marked || (policy.authorization === 'rfc' && has(request.fields, 'authorization'))
  if (!isForOne) return false
  const { method, fields } = suggestedRequest(request, undefined, policy)
  return method !== request.method || fields.length !== request.fields.length
}

/** Whether a leader asks its origin in the same words for both, so that nobody there could tell who of them is answered. */
export function areForwardedAlike(a: RequestHead, b: RequestHead): boolean {
  return a === b || sameFields(without(a.fields, ...CLIENTS_OWN), without(b.fields, ...CLIENTS_OWN))
}

/** `sent`, which a leader sent to answer `request`, without what it said because of what is stored. */
export function asOnMiss(request: RequestHead, sent: RequestHead, policy: Policy): RequestHead {
  return { ...sent, fields: [...without(sent.fields, ...ABOUT_STORED), ...clientsRange(request, policy)] }
}

/** Whether the cache asks, with `sent`, for another range than the client does with `request`. */
export function asksForMissingPart(request: RequestHead, sent: RequestHead): boolean {
  const range = first(sent.fields, 'range')
  return range !== undefined && range !== first(request.fields, 'range')
}

function askedOf(request: RequestHead, stored: ResponseHead, policy: Policy): Fields {
  if (canAnswer(request, stored, policy)) return [...conditions(stored), ...clientsRange(request, policy)]
  const missing = isPart(stored, policy) ? missingRange(request, stored, policy) : undefined
  if (missing === undefined) return clientsRange(request, policy)
  return [
    ['range', missing.range],
    ['if-range', missing.ifRange],
  ]
}

function clientsRange(request: RequestHead, policy: Policy): Fields {
  const range = forwardedRange(request, policy)
  if (range === undefined) return []
  return [['range', range], ...values(request.fields, 'if-range').map((value): Field => ['if-range', value])]
}

/** Validators go back verbatim, weak ones too: validation compares weakly (RFC 9110 13.1.2). */
function conditions({ fields }: ResponseHead): Field[] {
  const found: Field[] = []
  const tag = first(fields, 'etag')
  const lastModified = first(fields, 'last-modified')
  if (tag !== undefined) found.push(['if-none-match', tag])
  if (lastModified !== undefined) found.push(['if-modified-since', lastModified])
  return found
}
