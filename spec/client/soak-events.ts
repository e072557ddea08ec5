/** What a soak is made of: what callers ask, what the origin tells them, and what else happens in between. */

import fc from 'fast-check'
import type { CandidateResponse } from '../../lib/pending/candidate-response.js'
import { head, type Said } from '../pending/fixture.js'

/** The body of each answer. */
export const SIXTEEN = '0123456789abcdef'

/** How a hook is written; `held` waits until it is let go. */
export type Form = 'function' | 'promise' | 'generator' | 'held'
type Before = 'none' | 'edits' | 'throws'
export type After = 'none' | 'throws' | 'cacheable' | 'declines' | 'records' | 'transforms' | 'breaks' | 'shortens'

export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly fields: Readonly<Record<string, string>>
  readonly override: 'none' | 'pass'
  readonly form: Form
  readonly before: Before
  readonly after: After
}

export interface Told {
  readonly status: 200 | 404 | 500 | 503 | 'fails'
  readonly cacheControl: string
  readonly vary: string
  readonly etag: string
  readonly end: 'whole' | 'later'
}

export type Event =
  | { readonly event: 'ask'; readonly asked: Asked }
  | { readonly event: 'tell'; readonly at: number; readonly told: Told }
  | { readonly event: 'end body'; readonly at: number; readonly how: 'whole' | 'broken' }
  | { readonly event: 'cancel' | 'abort' | 'read answer' | 'close answer'; readonly at: number }
  | { readonly event: 'release hooks' | 'turn' }
  | { readonly event: 'tick'; readonly seconds: number }
  | { readonly event: 'purge'; readonly soft: boolean }

const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'HEAD', 'POST'),
  fields: fc
    .record(
      {
        'accept-language': fc.constantFrom('en', 'fr'),
        'cache-control': fc.constantFrom('no-cache', 'max-stale', 'only-if-cached', 'no-store'),
        range: fc.constantFrom('bytes=2-5', 'bytes=9-'),
        'if-none-match': fc.constant('"1"'),
      },
      { requiredKeys: [] },
    )
    .map((fields) => ({ ...fields })),
  override: fc.constantFrom('none', 'none', 'none', 'none', 'pass'),
  form: fc.constantFrom('function', 'promise', 'generator', 'held'),
  before: fc.constantFrom('none', 'none', 'none', 'edits', 'throws'),
  after: fc.constantFrom(
    'none',
    'none',
    'none',
    'throws',
    'cacheable',
    'declines',
    'records',
    'transforms',
    'breaks',
    'shortens',
  ),
})

const told: fc.Arbitrary<Told> = fc.record({
  status: fc.constantFrom<Told['status'][]>(200, 200, 200, 200, 404, 500, 503, 'fails'),
  cacheControl: fc.constantFrom(
    'max-age=2',
    'max-age=1, stale-while-revalidate=3',
    'max-age=1, stale-if-error=9',
    'max-age=0',
    'private',
    'no-store',
  ),
  vary: fc.constantFrom('', '', 'accept-language'),
  etag: fc.constantFrom('', '"1"', '"1"', '"2"'),
  end: fc.constantFrom('whole', 'whole', 'later'),
})

const at = fc.nat(7)
export const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ event: fc.constant('ask' as const), asked }) },
  { weight: 7, arbitrary: fc.record({ event: fc.constant('tell' as const), at, told }) },
  {
    weight: 2,
    arbitrary: fc.record({ event: fc.constant('end body' as const), at, how: fc.constantFrom('whole', 'broken') }),
  },
  { weight: 2, arbitrary: fc.record({ event: fc.constantFrom('cancel', 'abort', 'read answer', 'close answer'), at }) },
  { weight: 4, arbitrary: fc.record({ event: fc.constantFrom('release hooks' as const, 'turn' as const) }) },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('tick' as const), seconds: fc.constantFrom(1, 2, 5) }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('purge' as const), soft: fc.boolean() }) },
)

export const CLEAN: Told = { status: 200, cacheControl: 'max-age=2', vary: '', etag: '', end: 'whole' }

/** A validator that is sent is confirmed if it is the one that the origin has now. */
export function said(
  { status, cacheControl, vary, etag, end }: Told,
  fields: readonly (readonly [string, string])[],
): Said {
  if (status === 'fails') return 'ConnectionTerminated'
  const given = { 'cache-control': cacheControl, ...(vary && { vary }), ...(etag && { etag }) }
  const validated = etag !== '' && fields.some(([name, value]) => name === 'if-none-match' && value === etag)
  return validated
    ? { head: head(given, 304) }
    : { head: head(given, status), body: SIXTEEN, ...(end === 'later' && { end }) }
}

export function decide(candidate: CandidateResponse, after: After): void {
  switch (after) {
    case 'none':
      return
    case 'throws':
      throw new Error('after')
    case 'cacheable':
      return candidate.setCacheable()
    case 'declines':
      return candidate.setUncacheable()
    case 'records':
      return candidate.setUncacheable({ record: true })
    case 'shortens':
      candidate.ttl = 1
      return
    case 'transforms':
    case 'breaks':
      candidate.bodyTransform = async function* (chunks) {
        for await (const chunk of chunks) yield chunk
        if (after === 'breaks') throw new Error('transform')
      }
  }
}
