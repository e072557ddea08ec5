/** Combines parts of one representation (RFC 9110 15.3.7.3, RFC 9111 3.4). */

import { sameTag, strongDate } from './conditional.js'
import { type ContentRange, contentRange, partOf } from './content-range.js'
import { type Fields, first, type ResponseHead, withField, without } from './message.js'

/**
 * How the body of a part is stored: the part itself has `bytes` bytes; the first `before` bytes of the body that is stored already
 * go before it, and the last `after` bytes of that go behind it.
 */
export interface Splice {
  readonly before: number
  readonly bytes: number
  readonly after: number
}

/** A part ready to be stored. Its head is a 200 if no byte is missing, and a 206 otherwise. */
export interface StorablePart {
  readonly head: ResponseHead
  readonly splice: Splice
}

/** Two parts combined, or the reason why they cannot be. */
export type Combination =
  | ({ readonly kind: 'combined' } & StorablePart)
  | { readonly kind: 'separate'; readonly why: 'no-strong-validator' | 'other-representation' | 'gap' | 'no-range' }

/**
 * Combines a stored part, or a stored 200, with a newer 206. Both must have the same strong validator, and their ranges must touch
 * or overlap; where they overlap, the newer bytes are stored. `merge` makes one list of fields of both (RFC 9111 3.2).
 */
export function combineParts(
  stored: ResponseHead,
  newer: ResponseHead,
  merge: (stored: ResponseHead, newer: Fields) => ResponseHead,
): Combination {
  const [a, b] = [partOf(stored) ?? wholeOf(stored), partOf(newer)]
  if (a === undefined || b === undefined) return separate('no-range')
  const validator = strongValidator(stored)
  if (validator === undefined) return separate('no-strong-validator')
  const sizesAgree = a.size === undefined || b.size === undefined || a.size === b.size
  if (strongValidator(newer) !== validator || !sizesAgree) return separate('other-representation')
  if (b.start > a.end || a.start > b.end) return separate('gap')
  const union = { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end), size: a.size ?? b.size }
  const splice = { before: Math.max(0, b.start - a.start), bytes: b.end - b.start, after: Math.max(0, a.end - b.end) }
  return { kind: 'combined', head: headOf(merge(stored, newer.fields), union), splice }
}

/** A 206 that is stored by itself. */
export function singlePart(head: ResponseHead, range: ContentRange): StorablePart {
  return { head: headOf(head, range), splice: { before: 0, bytes: range.end - range.start, after: 0 } }
}

/** The strong validator, an entity tag or a date: two answers that share it are of one representation (RFC 9110 8.8.1). */
export function strongValidator({ fields }: ResponseHead): string | undefined {
  const tag = first(fields, 'etag')
  if (tag === undefined) return strongDate(fields) === undefined ? undefined : first(fields, 'last-modified')
  return sameTag(tag, tag, 'strong') ? tag : undefined
}

function wholeOf({ status, fields }: ResponseHead): ContentRange | undefined {
  const length = first(fields, 'content-length')
  if (status !== 200 || length === undefined || !/^\d+$/.test(length)) return undefined
  return { start: 0, end: Number(length), size: Number(length) }
}

function separate(why: 'no-strong-validator' | 'other-representation' | 'gap' | 'no-range'): Combination {
  return { kind: 'separate', why }
}

function headOf(head: ResponseHead, range: ContentRange): ResponseHead {
  const { start, end, size } = range
  const fields = withField(without(head.fields, 'content-range'), 'content-length', String(end - start))
  if (start === 0 && end === size) return { status: 200, statusText: 'OK', fields }
  return { status: 206, statusText: 'Partial Content', fields: withField(fields, 'content-range', contentRange(range)) }
}
