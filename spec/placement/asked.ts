/** The request of a caller: plain data, drawn at random. What is absent is as plain as can be: a GET that is sent and read. */

import fc from 'fast-check'
import type { RequestCacheMode } from '../../lib/base/web-types.js'
import type { SendInit } from '../../lib/index.js'
import { field, one, twisted } from './drawing.js'

export interface Asked {
  readonly page: number
  /** Which thread of the two, where there are two. */
  readonly guest: 0 | 1
  /** `client` has its answer handed over by a server of this process, `proxy` asks a proxy, without hooks. */
  readonly way?: 'fetch' | 'client' | 'proxy' | 'detached'
  readonly method?: 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly upload?: Upload
  readonly fields?: Readonly<Record<string, string>>
  /** Of one that is fetched. */
  readonly mode?: RequestCacheMode
  readonly redirect?: 'follow'
  /** The same for all pages, in place of their URLs. */
  readonly key?: 'shared'
  readonly override?: NonNullable<SendInit['cacheOverride']>
  readonly before?: Before
  /** One after another. */
  readonly after?: readonly After[]
  /** What its hooks are; functions if absent. */
  readonly form?: 'generator' | 'promise'
  readonly edit?: 'sets' | 'appends' | 'removes'
  /** How it reads the body; as text if absent. */
  readonly read?: 'bytes' | 'chunks' | 'iterates' | 'web' | 'begins' | 'nothing' | 'cancels'
}

/** What is sent along: in hand, or in pieces that come at once, are held in their middle, or break off there. */
export type Upload = 'text' | 'bytes' | 'stream' | 'iterable' | 'long' | 'held' | 'breaks off'
/** The last two ask for the other page, or for their own, if they can wait. */
export type Before = 'looks' | 'edits' | 'overrides' | 'conditions' | 'throws' | 'asks' | 'asks itself'
export type After = (typeof AFTER)[number]

const AFTER = [
  ...(['looks', 'throws', 'refuses errors', 'ttl', 'stales', 'windows', 'closes', 'declines', 'records'] as const),
  ...(['stores', 'varies', 'keys', 'hides', 'rewrites', 'transforms', 'breaks'] as const),
] as const

const plain = fc.record({ page: fc.constantFrom(0, 0, 0, 1), guest: fc.constantFrom(0 as const, 1 as const) })

const FORMS = [{}, { form: 'generator' }, { form: 'promise' }] as const

/** Things that no other method than GET is of use for. */
const twists = {
  directive: field('cache-control', 'no-cache', 'no-store', 'max-age=3', 'max-stale', 'min-fresh=30', 'only-if-cached'),
  tolerance: field('cache-control', 'stale-if-error=60', 'max-stale=9'),
  range: field('range', 'bytes=0-3', 'bytes=-2', 'bytes=5-', 'bytes=900000-', 'bytes=0-0,3-4'),
  ifRange: one('fields', { range: 'bytes=2-4', 'if-range': '"1"' }, { range: 'bytes=1-', 'if-range': '"2"' }),
  condition: field('if-none-match', '"1"', '"2"', '*', '"9", W/"1"'),
  date: field('if-modified-since', 'Sun, 31 Dec 2023 00:00:00 GMT', 'Sat, 30 Dec 2023 00:00:00 GMT'),
  authorization: field('authorization', 'Bearer a', 'Bearer b'),
  variant: field('x-v', 'a', 'b', ''),
  language: field('accept-language', 'en', 'fr'),
  head: one('method', 'HEAD'),
  unsafe: fc.record({
    method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
    upload: fc.constantFrom<Upload[]>('text', 'bytes', 'stream', 'iterable', 'long', 'held', 'held', 'breaks off'),
  }),
  empty: one('method', 'POST', 'DELETE'),
  way: one('way', 'fetch', 'client', 'client', 'proxy', 'detached'),
  mode: fc.record({
    way: fc.constant('fetch' as const),
    mode: fc.constantFrom<RequestCacheMode[]>('no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'),
  }),
  redirect: fc.constant({ way: 'fetch', redirect: 'follow' } as const),
  key: one('key', 'shared'),
  override: one<'override', NonNullable<Asked['override']>>(
    'override',
    'pass',
    { ttl: 20 },
    { ttl: 0, staleWhileRevalidate: 20 },
    { ttl: 2, staleWhileRevalidate: 3, staleIfError: 90 },
    { staleIfError: 40, surrogateKey: 'mine' },
    { staleWhileRevalidate: 0, staleIfError: 0, sensitive: true },
    { lookupTimeoutMs: 2000 },
  ),
  before: fc
    .tuple(
      fc.constantFrom(...FORMS),
      one('before', ...(['looks', 'edits', 'overrides', 'conditions', 'throws', 'asks', 'asks itself'] as const)),
    )
    .map(([form, before]) => ({ ...form, ...before })),
  after: fc
    .tuple(fc.constantFrom(...FORMS), fc.array(fc.constantFrom(...AFTER), { minLength: 1, maxLength: 3 }))
    .map(([form, after]) => ({ ...form, after })),
  edit: one('edit', 'sets', 'appends', 'removes'),
  read: one('read', 'bytes', 'chunks', 'iterates', 'web', 'begins', 'nothing', 'cancels'),
} satisfies Readonly<Record<string, fc.Arbitrary<Partial<Asked>>>>

/** By those that a crowd has as well, whose members may differ in nothing that they see. */
const shared = [
  [3, twists.range],
  [1, twists.ifRange],
  [2, twists.condition],
  [1, twists.date],
  [2, twists.authorization],
  [3, twists.variant],
  [1, twists.language],
  [1, twists.head],
  [3, twists.override],
  [1, twists.edit],
] as const

export const asked: fc.Arbitrary<Asked> = twisted<Asked>(
  plain,
  ...shared,
  [3, twists.directive],
  [1, twists.tolerance],
  [4, twists.unsafe],
  [1, twists.empty],
  [7, twists.way],
  [4, twists.mode],
  [1, twists.redirect],
  [1, twists.key],
  [4, twists.before],
  [6, twists.after],
  [3, twists.read],
)

/**
 * Of those who ask at once, whoever is refused or fails at once is gone before the next one asks, or not, and what a transform
 * writes is whole before the others look, or not: neither is the cache's to decide.
 */
export const atOnce = asked.map(({ fields, before, after, ...others }): Asked => {
  const { 'cache-control': _, ...kept } = fields ?? {}
  return {
    ...others,
    fields: kept,
    ...(before !== undefined && { before: isQuick(before) ? before : 'looks' }),
    ...(after !== undefined && { after: after.filter(isQuiet) }),
  }
})

/** Equal requests, so that they may collapse. */
export const crowded: fc.Arbitrary<Asked> = twisted<Asked>(
  plain,
  ...shared,
  [2, one('way', 'fetch')],
  [2, one('before', 'looks', 'edits', 'overrides', 'conditions')],
  [3, fc.array(fc.constantFrom(...AFTER.filter(isQuiet)), { minLength: 1, maxLength: 2 }).map((after) => ({ after }))],
  [1, one('read', 'bytes', 'chunks', 'iterates', 'nothing', 'cancels')],
)

function isQuick(before: Before): boolean {
  return before !== 'throws' && before !== 'asks' && before !== 'asks itself'
}

function isQuiet(after: After): boolean {
  return after !== 'transforms' && after !== 'breaks'
}
