/** Which requests a stored part can answer, and which range is missing for the others (RFC 9111 3.3). */

import { type ContentRange, isPart, partOf } from './content-range.js'
import { type RequestHead, type ResponseHead, values } from './message.js'
import { strongValidator } from './partial.js'
import type { Policy } from './policy.js'
import { requestedRange } from './ranges.js'

/** Bytes of the representation from `start` up to, not including, `end`. */
interface Wanted {
  readonly start: number
  readonly end: number
}

/** Whether the stored response can answer `request`. A part can only if the request asks for a range within it. */
export function canAnswer(request: RequestHead, stored: ResponseHead, policy: Policy): boolean {
  return !isPart(stored, policy) || rangeWithin(request, stored, policy) !== undefined
}

/** The stored part and the range that `request` asks for; `undefined` unless the range lies within the part. */
export function rangeWithin(
  request: RequestHead,
  stored: ResponseHead,
  policy: Policy,
): { readonly part: ContentRange; readonly wanted: Wanted } | undefined {
  const part = partOf(stored)
  const wanted = part && wantedRange(request, stored, part, policy)
  if (part === undefined || wanted === undefined) return undefined
  return part.start <= wanted.start && wanted.end <= part.end ? { part, wanted } : undefined
}

/** The values of `Range` and `If-Range` that ask for the missing bytes. */
export interface MissingRange {
  readonly range: string
  readonly ifRange: string
}

/**
 * The range to ask the origin for, so that its answer and the stored part together answer `request`. `undefined` if there is none:
 * without a strong validator the two cannot be combined, and bytes on both sides of the part, or apart from it, are not one
 * adjacent range.
 */
export function missingRange(request: RequestHead, stored: ResponseHead, policy: Policy): MissingRange | undefined {
  const part = partOf(stored)
  const ifRange = strongValidator(stored)
  if (part === undefined || ifRange === undefined) return undefined
  const own = policy.rangeOnMiss === 'forward' ? wantedRange(request, stored, part, policy) : undefined
  const { start, end } = own ?? { start: 0, end: part.size ?? Number.POSITIVE_INFINITY }
  if (start < part.start) {
    return end >= part.start && end <= part.end ? { range: `bytes=${start}-${part.start - 1}`, ifRange } : undefined
  }
  if (start > part.end || end <= part.end) return undefined
  const isOpen = end === (part.size ?? Number.POSITIVE_INFINITY)
  return { range: `bytes=${part.end}-${isOpen ? '' : end - 1}`, ifRange }
}

/** The client's own range, if it is one range of bytes and the policy forwards ranges. */
export function forwardedRange(request: RequestHead, policy: Policy): string | undefined {
  const [range, ...more] = values(request.fields, 'range')
  const forwards = policy.rangeOnMiss === 'forward' && policy.partialContent === 'store' && request.method === 'GET'
  return forwards && more.length === 0 && range !== undefined && ONE_RANGE.test(range) ? range : undefined
}

const ONE_RANGE = /^bytes=[ \t]*(?:\d+-\d*|-\d+)[ \t]*$/i

function wantedRange(
  request: RequestHead,
  stored: ResponseHead,
  part: ContentRange,
  policy: Policy,
): Wanted | undefined {
  const answer = requestedRange(request, stored, part.size, policy)
  if (answer?.kind !== 'satisfied' || answer.bytes === 'whole') return undefined
  const { start, end } = answer.bytes
  return end === undefined ? undefined : { start, end }
}
