/** Which bytes of a representation an answer carries (RFC 9110 14.4, 15.3.7). */

import { type ResponseHead, values } from './message.js'
import type { Policy } from './policy.js'

/** The bytes that a 206 carries: `start` up to, not including, `end`. `size` is the size of the whole representation, if known. */
export interface ContentRange {
  readonly start: number
  readonly end: number
  readonly size: number | undefined
}

/** Parses a `Content-Range` of bytes; `undefined` for another unit, for `*` in place of a range, and for anything invalid. */
export function parseContentRange(text: string): ContentRange | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(text) ?? []
  if (first === undefined || last === undefined || size === undefined) return undefined
  const range = { start: Number(first), end: Number(last) + 1, size: size === '*' ? undefined : Number(size) }
  const valid = range.start < range.end && range.end <= (range.size ?? Number.MAX_SAFE_INTEGER)
  return valid && (range.size ?? 0) <= Number.MAX_SAFE_INTEGER ? range : undefined
}

/** The value of `Content-Range` for `range`. */
export function contentRange({ start, end, size }: ContentRange): string {
  return `bytes ${start}-${end - 1}/${size ?? '*'}`
}

/** The bytes that a 206 carries; `undefined` without exactly one valid `Content-Range`, and if `Content-Length` contradicts it. */
export function partOf({ status, fields }: ResponseHead): ContentRange | undefined {
  const [text = '', ...more] = status === 206 ? values(fields, 'content-range') : []
  const range = more.length > 0 ? undefined : parseContentRange(text)
  if (range === undefined) return undefined
  const fits = values(fields, 'content-length').every((length) => Number(length) === range.end - range.start)
  return fits ? range : undefined
}

/** Whether `head`, stored under `policy`, is only a part, which cannot answer every request. */
export function isPart({ status }: ResponseHead, policy: Policy): boolean {
  return status === 206 && policy.partialContent === 'store'
}
