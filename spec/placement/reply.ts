/** What one version of a page answers: plain data, drawn at random. What is absent is as plain as can be. */

import fc from 'fast-check'
import { field, one, twisted, weighed } from './drawing.js'

export interface Reply {
  /** 200. */
  readonly status?: number
  readonly fields?: Readonly<Record<string, string>>
  /** Its entity tag; a request that has it is answered 304. */
  readonly tag?: string
  /** A short one. One that is `chunked`, or breaks off, is held in its middle. */
  readonly body?: 'none' | 'long' | 'chunked' | 'breaks off'
  /** At once. */
  readonly head?: 'held' | 'never'
  /** Whether an interim head comes before it. */
  readonly early?: true
  /** Of one that is `chunked`. */
  readonly trailers?: true
  /** Whether it knows ranges. */
  readonly ranges?: true
}

/** What the cache is told, as often as this. */
const USUAL = [
  ...Array<string>(3).fill('max-age=5, stale-while-revalidate=20'),
  ...Array<string>(3).fill('max-age=5, stale-if-error=60'),
  ...Array<string>(2).fill('max-age=5, stale-while-revalidate=9, stale-if-error=60'),
  ...Array<string>(2).fill('max-age=60'),
  'max-age=5',
]

const plain = fc
  .constantFrom(...USUAL)
  .chain((control) =>
    fc.constantFrom<Reply[]>(
      { fields: { 'Cache-Control': control } },
      { fields: { 'Cache-Control': control }, tag: '"1"' },
      { fields: { 'Cache-Control': control, 'Surrogate-Key': 'one' }, tag: '"2"' },
    ),
  )

const good: fc.Arbitrary<Reply> = twisted<Reply>(
  plain,
  [4, field('Cache-Control', '', 'max-age=0', 'private', 'no-store', 'no-cache', 'max-age=x', 'public, max-age=60')],
  [
    3,
    field(
      'Cache-Control',
      ...['s-maxage=5, must-revalidate', 'max-age=1, stale-if-error=600', 'max-age=60, private="x-own"'],
      ...['max-age=0, stale-while-revalidate=20', 'max-age=5, stale-if-error=20, must-revalidate', 'no-store, public'],
    ),
  ],
  [2, field('Surrogate-Control', 'max-age=30', 'no-store', 'max-age=5, stale-while-revalidate=20')],
  [2, field('Surrogate-Key', 'one', 'one two')],
  [4, field('Vary', 'x-v', 'x-v', 'x-v, accept-language', '*')],
  [2, field('Age', '3', '30')],
  [2, field('Last-Modified', 'Sun, 31 Dec 2023 00:00:00 GMT')],
  [1, field('Set-Cookie', 'a=1')],
  [1, field('X-Own', 'own')],
  [1, field('Connection', 'x-own')],
  [1, field('Content-Location', '0', '1')],
  [
    2,
    fc.record({
      status: fc.constantFrom(201, 301, 303, 307),
      fields: fc.constantFrom({ Location: '0' }, { Location: '1' }),
    }),
  ],
  [3, one('status', 203, 204, 301, 404)],
  [3, one('tag', '', '"1"', '"2"', 'W/"1"')],
  [6, one('body', 'none', 'long', 'chunked', 'chunked', 'breaks off')],
  [3, fc.constantFrom<Reply>({ body: 'chunked', trailers: true })],
  [5, one('head', 'held')],
  [2, one('early', true)],
  [5, one('ranges', true)],
)

const bad: fc.Arbitrary<Reply> = twisted<Reply>(
  one('status', 500, 503),
  [1, field('Cache-Control', 'max-age=5', 'no-store', 'max-age=5, stale-if-error=60')],
  [1, one('head', 'held')],
  [1, one('body', 'long', 'breaks off')],
)

/** One that does its work. */
export const firstReply = weighed<Reply>([9, good], [1, bad])
/** One that follows another, and may be what that was kept for. */
export const laterReply = weighed<Reply>([5, good], [3, bad], [1, one('head', 'never')])
