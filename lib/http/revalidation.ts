/** The request that a cache sends to the origin in a client's place (RFC 9111 3.3, 4.3.1). */

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

/** Fields of the client that a leader drops, because its answer is for others too. `clientsRange` adds a range again. */
const OF_THE_CLIENT = [
  'range',
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
] as const

/** Fields that a leader may have set because of what is stored. */
const OF_THE_LEADER = ['range', 'if-range', 'if-none-match', 'if-modified-since'] as const

/**
 * `request` as a leader sends it: `GET` for `HEAD`, without the client's conditions, and without its range unless the policy
 * forwards ranges. If `stored` can answer the request, its validators are added; if `stored` is a part that cannot, the leader
 * asks for the missing range. The request's body is not considered here.
 */
export function suggestedRequest(request: RequestHead, stored: ResponseHead | undefined, policy: Policy): RequestHead {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const more = stored === undefined ? clientsRange(request, policy) : conditionsOrRange(request, stored, policy)
  return { ...request, method, fields: [...without(request.fields, ...OF_THE_CLIENT), ...more] }
}

/**
 * Whether `request`, for which nothing is stored, is forwarded unchanged and past the store. A leader changes a request so that its
 * answer can be shared: it asks for the whole instead of a range, and without the client's conditions. That is wasted if the
 * answer is for its caller alone. Answers to `Authorization` mostly are (RFC 9111 3.5), and the caller may have signed the exact
 * request. So are those for which a marker (`marked`) says that a recent answer could not be stored.
 */
export function isForwardedAsIs(request: RequestHead, marked: boolean, policy: Policy): boolean {
  const isForOne = marked || (policy.authorization === 'rfc' && has(request.fields, 'authorization'))
  if (!isForOne) return false
  const { method, fields } = suggestedRequest(request, undefined, policy)
  return method !== request.method || fields.length !== request.fields.length
}

/** Whether a leader would send the same fields for both, conditions and ranges aside: the origin could not tell them apart. */
export function areForwardedAlike(a: RequestHead, b: RequestHead): boolean {
  return a === b || sameFields(without(a.fields, ...OF_THE_CLIENT), without(b.fields, ...OF_THE_CLIENT))
}

/** `sent`, which a leader sent for `request`, as it would have been sent if nothing were stored. */
export function asOnMiss(request: RequestHead, sent: RequestHead, policy: Policy): RequestHead {
  return { ...sent, fields: [...without(sent.fields, ...OF_THE_LEADER), ...clientsRange(request, policy)] }
}

/** Whether `sent`, which a leader sent for `request`, asks for a range other than the client's: the missing part. */
export function asksForMissingPart(request: RequestHead, sent: RequestHead): boolean {
  const range = first(sent.fields, 'range')
  return range !== undefined && range !== first(request.fields, 'range')
}

function conditionsOrRange(request: RequestHead, stored: ResponseHead, policy: Policy): Fields {
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

/** The stored validators are sent verbatim, weak ones too, because validation compares weakly (RFC 9110 13.1.2). */
function conditions({ fields }: ResponseHead): Field[] {
  const found: Field[] = []
  const tag = first(fields, 'etag')
  const lastModified = first(fields, 'last-modified')
  if (tag !== undefined) found.push(['if-none-match', tag])
  if (lastModified !== undefined) found.push(['if-modified-since', lastModified])
  return found
}
