/** What a program is made of: what an origin says, what callers ask, and what else happens. Plain data, drawn at random. */

import fc from 'fast-check'
import type { SendInit } from '../../lib/index.js'

/** What one version of a page answers. A body that is `chunked`, or breaks off, is held in its middle. */
export interface Reply {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Its entity tag; a request that has it is answered 304. */
  readonly tag: string
  readonly body: 'none' | 'short' | 'long' | 'chunked' | 'breaks off'
  readonly head: 'at once' | 'held' | 'never'
  readonly early: boolean
  /** Of one that is `chunked`. */
  readonly trailers: boolean
  /** Whether it knows ranges. */
  readonly ranges: boolean
}

export type Before = 'none' | 'looks' | 'edits' | 'overrides' | 'throws'
export type After =
  | Exclude<Before, 'edits' | 'overrides'>
  | ('ttl' | 'windows' | 'declines' | 'records' | 'stores' | 'varies' | 'keys' | 'rewrites' | 'transforms' | 'breaks')

export interface Asked {
  readonly page: number
  /** Which thread of the two, where there are two. */
  readonly guest: 0 | 1
  /** `client` has its answer handed over by a server of this process, `proxy` asks a proxy, without hooks. */
  readonly way: 'send' | 'fetch' | 'client' | 'proxy'
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  readonly fields: Readonly<Record<string, string>>
  readonly override: SendInit['cacheOverride']
  readonly before: Before
  readonly after: After
  readonly form: 'function' | 'generator' | 'promise'
  readonly edit: 'none' | 'sets' | 'removes'
  readonly read: 'text' | 'chunks' | 'web' | 'nothing' | 'cancels'
}

export type Event =
  | { readonly event: 'ask'; readonly asked: Asked }
  /** As the last one, a few times more, one after another. */
  | { readonly event: 'again'; readonly times: number }
  /** Many at once, who ask alike: in one thread, or by turns in both. */
  | { readonly event: 'crowd'; readonly asked: Asked; readonly count: number; readonly threads: 1 | 2 }
  /** What the origin holds of a page goes on. */
  | { readonly event: 'go on'; readonly page: number }
  /** A page has its next version. */
  | { readonly event: 'change'; readonly page: number }
  /** After a while, or a purge, the last one asks again; meanwhile its page may have changed. */
  | { readonly event: 'tick'; readonly seconds: number; readonly changes: boolean }
  | { readonly event: 'purge'; readonly of: 'page' | 'key' | 'all'; readonly soft: boolean; readonly guest: 0 | 1 }
  | { readonly event: 'cancel'; readonly at: number }
  | { readonly event: 'explain'; readonly asked: Asked }

export interface Program {
  /** By page, and by version. */
  readonly replies: readonly (readonly Reply[])[]
  readonly events: readonly Event[]
}

export const PAGES = 2
const VERSIONS = 3
const EVENTS = 12

/** One of them, the first most often. */
function mostly<T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
}

/** Values that may be there. */
function some(fields: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<Readonly<Record<string, string>>> {
  const each = Object.entries(fields).map(([name, values]) =>
    mostly<readonly [string, string] | undefined>(undefined, ...values.map((value) => [name, value] as const)),
  )
  return fc.tuple(...each).map((pairs) => Object.fromEntries(pairs.filter((pair) => pair !== undefined)))
}

const CACHE_CONTROL = [
  ...Array<string>(4).fill('max-age=60'),
  ...Array<string>(3).fill('max-age=5, stale-while-revalidate=20'),
  ...Array<string>(3).fill('max-age=5, stale-if-error=60'),
  ...['max-age=5', 'max-age=0', 'private', 'no-store', 'no-cache', 'public, max-age=60', '', 'max-age=x'],
  ...['s-maxage=5, must-revalidate', 'max-age=1, stale-if-error=600'],
  ...['max-age=5, stale-while-revalidate=9, stale-if-error=60', 'max-age=60, private="x-own"'],
]

const replyFields = some({
  'Surrogate-Control': ['max-age=30', 'no-store'],
  'Surrogate-Key': ['one', 'one two'],
  Vary: ['x-v', 'x-v, accept-language', '*'],
  Age: ['3', '30'],
  'Last-Modified': ['Sun, 31 Dec 2023 00:00:00 GMT'],
  'Set-Cookie': ['a=1'],
  'X-Own': ['own'],
  Connection: ['x-own'],
})

const reply: fc.Arbitrary<Reply> = fc.record({
  status: mostly(200, 203, 204, 301, 404, 500, 503),
  fields: fc
    .tuple(fc.constantFrom(undefined, ...CACHE_CONTROL), replyFields)
    .map(([control, others]) => [
      ...(control === undefined ? [] : [['Cache-Control', control] as const]),
      ...Object.entries(others),
    ]),
  tag: fc.constantFrom('', '', '"1"', '"2"', 'W/"1"'),
  body: mostly<Reply['body']>('short', 'none', 'long', 'chunked', 'breaks off'),
  head: fc.oneof(
    { weight: 8, arbitrary: fc.constant('at once' as const) },
    { weight: 2, arbitrary: fc.constant('held' as const) },
    { weight: 1, arbitrary: fc.constant('never' as const) },
  ),
  early: mostly(false, true),
  trailers: fc.boolean(),
  ranges: fc.boolean(),
})

const askedFields = some({
  'cache-control': ['no-cache', 'no-store', 'max-age=3', 'max-stale', 'min-fresh=30', 'only-if-cached'],
  range: ['bytes=0-3', 'bytes=-2', 'bytes=5-', 'bytes=900000-', 'bytes=0-0,3-4'],
  'if-none-match': ['"1"', '"2"', '*'],
  authorization: ['Bearer a', 'Bearer b'],
  'x-v': ['a', 'b', ''],
  'accept-language': ['en', 'fr'],
})

const guest = fc.constantFrom<(0 | 1)[]>(0, 1)
const page = fc.constantFrom(0, 0, 0, 1)
const asked: fc.Arbitrary<Asked> = fc.record({
  page,
  guest,
  way: fc.constantFrom<Asked['way'][]>('send', 'send', 'send', 'fetch', 'client', 'proxy'),
  method: mostly<Asked['method']>('GET', 'HEAD', 'POST', 'DELETE'),
  fields: askedFields,
  override: mostly<Asked['override']>(
    'none',
    'pass',
    { ttl: 20 },
    { ttl: 0, staleWhileRevalidate: 20 },
    { staleIfError: 40, surrogateKey: 'mine' },
    { lookupTimeoutMs: 2000 },
  ),
  before: fc.constantFrom<Before[]>('none', 'none', 'none', 'none', 'none', 'looks', 'edits', 'overrides', 'throws'),
  after: mostly<After>(
    'none',
    ...(['looks', 'throws', 'ttl', 'windows', 'declines', 'records', 'stores', 'varies', 'keys'] as const),
    ...(['rewrites', 'transforms', 'breaks'] as const),
  ),
  form: fc.constantFrom<Asked['form'][]>('function', 'generator', 'promise'),
  edit: mostly<Asked['edit']>('none', 'sets', 'removes'),
  read: mostly<Asked['read']>('text', 'chunks', 'web', 'nothing', 'cancels'),
})

/**
 * Of a crowd, whoever is refused or fails at once is gone before the next one asks, or not, and what a transform writes is
 * whole before the others look, or not: neither is the cache's to decide.
 */
const crowded = asked.map((each): Asked => {
  const { 'cache-control': _, ...fields } = each.fields
  const method = each.method === 'HEAD' ? 'HEAD' : 'GET'
  const before = each.before === 'throws' ? 'looks' : each.before
  const after = each.after === 'transforms' || each.after === 'breaks' ? 'looks' : each.after
  return { ...each, fields, method, before, after, way: each.way === 'fetch' ? 'fetch' : 'send' }
})

const at = fc.nat({ max: 7 })
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ event: fc.constant('ask' as const), asked }) },
  { weight: 8, arbitrary: fc.record({ event: fc.constant('again' as const), times: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      event: fc.constant('crowd' as const),
      asked: crowded,
      count: fc.integer({ min: 2, max: 4 }),
      threads: fc.constantFrom<(1 | 2)[]>(1, 2),
    }),
  },
  { weight: 5, arbitrary: fc.record({ event: fc.constantFrom('go on' as const, 'change' as const), page }) },
  {
    weight: 5,
    arbitrary: fc.record({
      event: fc.constant('tick' as const),
      seconds: fc.constantFrom(1, 3, 6, 6, 20, 61),
      changes: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      event: fc.constant('purge' as const),
      of: fc.constantFrom('page' as const, 'key' as const, 'all' as const),
      soft: fc.boolean(),
      guest,
    }),
  },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('cancel' as const), at }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('explain' as const), asked }) },
)

export const program: fc.Arbitrary<Program> = fc.record({
  replies: fc.array(fc.array(reply, { minLength: VERSIONS, maxLength: VERSIONS }), {
    minLength: PAGES,
    maxLength: PAGES,
  }),
  events: fc.array(event, { minLength: 3, maxLength: EVENTS, size: 'max' }),
})
