/** Adapts a stored response to one request: a 304, a range, a head alone, or all of it (RFC 9110 13, 14, 15.4.5). */

import type { ByteRange } from '../base/body.js'
import { ageField } from './age.js'
import { isNotModified } from './conditional.js'
import { contentRange, isPart } from './content-range.js'
import { type Field, type Fields, type RequestHead, type ResponseHead, without } from './message.js'
import type { Policy } from './policy.js'
import { rangeLength, requestedRange } from './ranges.js'
import { rangeWithin } from './stored-part.js'

/** A stored response at one moment. */
export interface FoundResponse {
  readonly head: ResponseHead
  /** `current_age` (RFC 9111 4.2.3). */
  readonly ageSeconds: number
  /** Bytes of the body; `undefined` while that is not known. */
  readonly length: number | undefined
  /** When the answer came. `If-Modified-Since` is compared with it if the answer has neither `Last-Modified` nor `Date`. */
  readonly receivedWallMs?: number | undefined
}

/** The head to send, and which part of the stored body goes with it. */
export interface AdaptedResponse {
  readonly head: ResponseHead
  readonly body: 'whole' | 'none' | ByteRange
}

/** Adapts what was found to `request`, in the order of semantics 8.2: conditionals, range, method. */
export function adapt(request: RequestHead, found: FoundResponse, policy: Policy): AdaptedResponse {
  const { head, length, receivedWallMs } = found
  if (isPart(head, policy)) return adaptPart(request, found, policy)
  const selectable = head.status === 200
  if (selectable && isNotModified(request, head.fields, policy, receivedWallMs)) return notModified(found, policy)
  const range = selectable ? requestedRange(request, head, length, policy) : undefined
  if (range?.kind === 'unsatisfiable') return unsatisfiable(found, range.contentRange)
  if (range?.kind === 'satisfied') return partial(found, range.bytes, range.contentRange)
  return asStored(request, found)
}

/** A range within a stored part. If the request's range is not within the part, the part is sent as it is stored, as a 206. */
function adaptPart(request: RequestHead, found: FoundResponse, policy: Policy): AdaptedResponse {
  const within = rangeWithin(request, found.head, policy)
  if (within === undefined) return asStored(request, found)
  if (isNotModified(request, found.head.fields, policy, found.receivedWallMs)) return notModified(found, policy)
  const { part, wanted } = within
  const bytes = { start: wanted.start - part.start, end: wanted.end - part.start }
  return partial(found, bytes, contentRange({ size: part.size, ...wanted }))
}

function asStored({ method }: RequestHead, found: FoundResponse): AdaptedResponse {
  const { head, length } = found
  // A 204 has no length, not even 0 (RFC 9110 8.6).
  const fields = servedFields(found, head.status === 204 ? undefined : length)
  return { head: { ...head, fields }, body: method === 'HEAD' ? 'none' : 'whole' }
}

const ON_304 = new Set(['cache-control', 'content-location', 'date', 'etag', 'expires', 'last-modified', 'vary'])
const COMPUTED = new Set(['accept-ranges', 'age', 'content-length'])
const ACCEPT_RANGES: Field = ['accept-ranges', 'bytes']

function notModified({ head, ageSeconds }: FoundResponse, policy: Policy): AdaptedResponse {
  const kept = head.fields.filter(([name]) => ON_304.has(name))
  const own: Fields = policy.ageOn304 ? [['age', ageField(ageSeconds)]] : [ACCEPT_RANGES]
  return { head: { status: 304, statusText: 'Not Modified', fields: [...kept, ...own] }, body: 'none' }
}

function unsatisfiable({ head, ageSeconds }: FoundResponse, contentRange: string): AdaptedResponse {
  const kept = head.fields.filter(([name]) => name === 'date' || name === 'vary')
  const fields: Fields = [
    ...kept,
    ['age', ageField(ageSeconds)],
    ACCEPT_RANGES,
    ['content-range', contentRange],
    ['content-length', '0'],
  ]
  return { head: { status: 416, statusText: 'Range Not Satisfiable', fields }, body: 'none' }
}

function partial(found: FoundResponse, bytes: ByteRange | 'whole', contentRange: string): AdaptedResponse {
  const size = bytes === 'whole' ? found.length : rangeLength(bytes, found.length)
  const fields: Fields = [...without(servedFields(found, size), 'content-range'), ['content-range', contentRange]]
  return { head: { status: 206, statusText: 'Partial Content', fields }, body: bytes }
}

/** The stored fields, with those that are computed for each answer. `size` is how many bytes are sent, if that is known. */
function servedFields({ head, ageSeconds }: FoundResponse, size: number | undefined): Fields {
  const fields = head.fields.filter(([name]) => !COMPUTED.has(name))
  fields.push(['age', ageField(ageSeconds)])
  if (head.status === 200 || head.status === 206) fields.push(ACCEPT_RANGES)
  if (size !== undefined) fields.push(['content-length', String(size)])
  return fields
}
