/** Which bytes of a body a `Range` asks for (RFC 9110 14.1, 14.2). */

import type { ByteRange } from '../base/body.js'
import { rangeCondition } from './conditional.js'
import { type RequestHead, type ResponseHead, values } from './message.js'
import type { Policy } from './policy.js'

/**
 * How a range request is answered: with everything, the requested bytes, or a 416. `contentRange` is the value of
 * `Content-Range`. A satisfied range whose `bytes` are `whole` is what Fastly in production answers to a range that starts
 * behind the end.
 */
export type RangeAnswer =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'satisfied'; readonly bytes: ByteRange | 'whole'; readonly contentRange: string }
  | { readonly kind: 'unsatisfiable'; readonly contentRange: string }

const IGNORED: RangeAnswer = { kind: 'ignored' }
const BYTES = /^bytes=[ \t]*(.*)$/i
const RANGE_SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/

/**
 * What `request` asks of a representation of `length` bytes with this head. `undefined` if it asks for all of it, or its `If-Range`
 * names another representation; under `ranges: 'fastly'` if it has an `If-Range` at all.
 */
export function requestedRange(
  request: RequestHead,
  head: ResponseHead,
  length: number | undefined,
  policy: Policy,
): RangeAnswer | undefined {
  const [range, ...more] = values(request.fields, 'range')
  if (request.method !== 'GET' || range === undefined || more.length > 0) return undefined
  const condition = rangeCondition(request, head.fields)
  const counts = condition === 'absent' || (condition === 'true' && policy.ranges === 'rfc9110')
  return counts ? answerRange(range, length, policy) : undefined
}

/** Judges the value of `Range` for a body of `length` bytes. `length` is `undefined` while it is not known. */
export function answerRange(range: string, length: number | undefined, policy: Policy): RangeAnswer {
  const [spec = '', ...more] = (BYTES.exec(range)?.[1] ?? '').split(',').map((text) => text.trim())
  // A server need not answer several ranges (14.2), and a multipart answer is more work than the whole.
  if (more.length > 0 && policy.ranges === 'rfc9110') return IGNORED
  const [, from, to = '', suffix] = RANGE_SPEC.exec(spec) ?? []
  if (from === undefined && suffix === undefined) return IGNORED
  if (from !== undefined && to !== '' && Number(to) < Number(from)) return IGNORED
  if (length === undefined) return ofUnknownLength(from, to, policy)
  const start = from === undefined ? Math.max(0, length - Number(suffix)) : Number(from)
  const last = to === '' ? length - 1 : Number(to)
  return policy.ranges === 'rfc9110' ? standardAnswer(start, last, length) : fastlyAnswer(start, last, length)
}

/** How many bytes of a body of `length` bytes the range has; `undefined` while its end is not known. */
export function rangeLength(
  { start, end = Number.POSITIVE_INFINITY }: ByteRange,
  length: number | undefined,
): number | undefined {
  const stop = Math.min(end, length ?? Number.POSITIVE_INFINITY)
  return stop === Number.POSITIVE_INFINITY ? undefined : Math.max(0, stop - start)
}

/** Before the length is known, only a range with both ends can be answered: others are ignored. */
function ofUnknownLength(from: string | undefined, to: string, policy: Policy): RangeAnswer {
  if (from === undefined || to === '' || (from === to && policy.ranges === 'fastly')) return IGNORED
  return satisfied({ start: Number(from), end: Number(to) + 1 }, `bytes ${Number(from)}-${Number(to)}/*`)
}

function standardAnswer(start: number, last: number, length: number): RangeAnswer {
  if (start >= length) return { kind: 'unsatisfiable', contentRange: `bytes */${length}` }
  const clamped = Math.min(last, length - 1)
  return satisfied({ start, end: clamped + 1 }, `bytes ${start}-${clamped}/${length}`)
}

/** Fastly ignores a range of one byte, does not clamp the end in `Content-Range`, and never answers 416 (semantics 8.3b). */
function fastlyAnswer(start: number, last: number, length: number): RangeAnswer {
  // An empty body has no last byte to name.
  if (start === last || last < 0) return IGNORED
  const contentRange = `bytes ${start}-${last}/${length}`
  return satisfied(start >= length ? 'whole' : { start, end: Math.min(last, length - 1) + 1 }, contentRange)
}

function satisfied(bytes: ByteRange | 'whole', contentRange: string): RangeAnswer {
  return { kind: 'satisfied', bytes, contentRange }
}
