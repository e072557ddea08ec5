/** Putting parts of one representation together (RFC 9110 14.4, 15.3.7.3, RFC 9111 3.3, 3.4). */

import { sameTag } from './conditional.js'
import { first, type ResponseHead, withField, without } from './message.js'
import { freshen } from './storage.js'

/** The bytes a 206 carries: `start` up to, not including, `end`, of `size` bytes in all where that is known. */
export interface ContentRange {
  readonly start: number
  readonly end: number
  readonly size: number | undefined
}

/** The value of a `Content-Range` that names bytes; `undefined` for another unit, `*` and nonsense. */
export function parseContentRange(text: string): ContentRange | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(text) ?? []
  if (first === undefined || last === undefined || size === undefined) return undefined
  const range = { start: Number(first), end: Number(last) + 1, size: size === '*' ? undefined : Number(size) }
  const valid = range.start < range.end && range.end <= (range.size ?? Number.MAX_SAFE_INTEGER)
  return valid ? range : undefined
}

/** Bytes of the combined part, and whose body they are taken from; offsets are those of the representation. */
export interface Segment {
  readonly from: 'stored' | 'newer'
  readonly start: number
  readonly end: number
}

/** Parts that fit, with the head for the whole of them (200 where nothing is missing, else 206), or why they do not. */
export type Combination =
  | { readonly kind: 'combined'; readonly head: ResponseHead; readonly segments: readonly Segment[] }
  | { readonly kind: 'separate'; readonly why: 'no-strong-validator' | 'other-representation' | 'gap' | 'no-range' }

/**
 * Combines a stored part, or an incomplete 200 of which `storedBytes` came, with a newer 206. Both must have the same
 * strong entity tag and touch; where they overlap the newer bytes count.
 */
export function combineParts(stored: ResponseHead, storedBytes: number, newer: ResponseHead): Combination {
  const a = partOf(stored, storedBytes)
  const b = partOf(newer, 0)
  if (a === undefined || b === undefined) return { kind: 'separate', why: 'no-range' }
  const [tag, newerTag] = [first(stored.fields, 'etag'), first(newer.fields, 'etag')]
  if (tag === undefined || newerTag === undefined || tag.startsWith('W/')) return separate('no-strong-validator')
  const sizesAgree = a.size === undefined || b.size === undefined || a.size === b.size
  if (!sameTag(tag, newerTag, 'strong') || !sizesAgree) return separate('other-representation')
  if (b.start > a.end || a.start > b.end) return separate('gap')
  const size = a.size ?? b.size
  const segments: Segment[] = [
    { from: 'stored', start: a.start, end: Math.min(a.end, b.start) },
    { from: 'newer', start: b.start, end: b.end },
    { from: 'stored', start: Math.max(a.start, b.end), end: a.end },
  ]
  const union = { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end), size }
  const head = combinedHead(freshen(stored, newer.fields), union)
  return { kind: 'combined', head, segments: segments.filter(({ start, end }) => start < end) }
}

function separate(why: 'no-strong-validator' | 'other-representation' | 'gap'): Combination {
  return { kind: 'separate', why }
}

function partOf({ status, fields }: ResponseHead, bytes: number): ContentRange | undefined {
  if (status === 206) return parseContentRange(first(fields, 'content-range') ?? '')
  if (status !== 200 || bytes === 0) return undefined
  const declared = first(fields, 'content-length')
  return { start: 0, end: bytes, size: declared === undefined ? undefined : Number(declared) }
}

function combinedHead(head: ResponseHead, { start, end, size }: ContentRange): ResponseHead {
  const fields = withField(without(head.fields, 'content-range'), 'content-length', String(end - start))
  if (start === 0 && end === size) return { status: 200, statusText: 'OK', fields }
  const contentRange = `bytes ${start}-${end - 1}/${size ?? '*'}`
  return { status: 206, statusText: 'Partial Content', fields: withField(fields, 'content-range', contentRange) }
}
