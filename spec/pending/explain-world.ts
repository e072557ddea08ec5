/** A cache whose origin does as it is told, in virtual time, and all the events that can happen there. */

import fc from 'fast-check'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { type Cache, openCache, type SendInit, type Stats } from '../../lib/index.js'
import type { Barrier } from '../kit/barrier.js'
import { TestClock } from '../kit/test-clock.js'

/** What the origin says from now on. */
export interface Said {
  readonly status: number | 'fails'
  readonly cacheControl: string
  readonly vary: string
  readonly validator: string
  readonly age: string
}

export interface Asked {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly cacheOverride: NonNullable<SendInit['cacheOverride']>
  readonly cacheKey: string | undefined
}

export type Event =
  | { readonly event: 'origin'; readonly says: Said }
  | { readonly event: 'ask'; readonly asked: Asked }
  | { readonly event: 'mark'; readonly asked: Asked; readonly record: boolean }
  | { readonly event: 'tick'; readonly ms: number }
  | { readonly event: 'purge'; readonly target: 'url' | 'key' | 'all'; readonly soft: boolean }

export const URL = 'http://origin.test/'
export const PURGEABLE = 'a-key'

export const FIRST: Said = { status: 200, cacheControl: 'max-age=10', vary: '', validator: '', age: '' }

/** A cache whose origin does as it is told, in virtual time. */
export class World implements AsyncDisposable {
  readonly clock = new TestClock()
  readonly cache: Cache<Stats>
  says = FIRST
  /** Requests that came to the origin. */
  fetches = 0
  /** Answers are held back while it is closed. */
  gate: Barrier | undefined

  constructor(policy: 'rfc9111' | 'fastly') {
    const rules = { ...(policy === 'fastly' ? fastly : rfc9111), cacheStatus: true }
    this.cache = openCache({ clock: this.clock, policy: rules, fetch: (_url, init) => this.#answer(init) })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cache.close({ drainMs: 0 })
  }

  explain({ method, headers, cacheOverride, cacheKey }: Asked) {
    return this.cache.explain(URL, { method, headers, cacheOverride, ...(cacheKey && { cacheKey }) })
  }

  send({ method, headers, cacheOverride, cacheKey }: Asked, afterSend?: NonNullable<SendInit['afterSend']>) {
    const init = { method, headers, cacheOverride, ...(cacheKey && { cacheKey }), ...(afterSend && { afterSend }) }
    return this.cache.send(URL, init)
  }

  async #answer(init: RequestInit | undefined): Promise<Response> {
    this.fetches++
    const { status, cacheControl, vary, validator, age } = this.says
    await this.gate?.opened
    if (status === 'fails') throw new TypeError('the origin is down')
    const headers = new Headers({ 'surrogate-key': PURGEABLE })
    const said = { 'cache-control': cacheControl, vary, etag: validator, age }
    for (const [name, value] of Object.entries(said)) if (value !== '') headers.set(name, value)
    const validated = validator !== '' && new Headers(init?.headers).get('if-none-match') === validator
    if (validated) return new Response(null, { status: 304, headers })
    return new Response('body', { status, headers })
  }
}

export const said: fc.Arbitrary<Said> = fc.record({
  status: fc.constantFrom<Said['status'][]>(200, 200, 200, 404, 500, 503, 'fails'),
  cacheControl: fc.constantFrom(
    'max-age=10',
    'max-age=10',
    'max-age=10, stale-while-revalidate=5',
    'max-age=10, stale-if-error=20',
    'max-age=1, stale-while-revalidate=5, stale-if-error=20',
    'max-age=0',
    'max-age=1, must-revalidate',
    's-maxage=2, stale-if-error=5',
    'no-cache',
    'no-store',
    'private',
    '',
  ),
  vary: fc.constantFrom('', '', 'accept-language', '*', 'accept-language, x-other'),
  validator: fc.constantFrom('', '"1"', 'W/"2"'),
  age: fc.constantFrom('', '', '3'),
})

export const PLAIN: Asked = { method: 'GET', headers: {}, cacheOverride: 'none', cacheKey: undefined }

export const special: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST'),
  headers: fc
    .record(
      {
        'accept-language': fc.constantFrom('en', 'fr'),
        'cache-control': fc.constantFrom(
          'no-cache',
          'no-store',
          'max-age=0',
          'max-age=5',
          'min-fresh=5',
          'max-stale',
          'max-stale=3',
          'only-if-cached',
          'only-if-cached, max-stale',
        ),
        pragma: fc.constant('no-cache'),
        range: fc.constantFrom('bytes=0-1', 'bytes=9-'),
        'if-none-match': fc.constantFrom('"1"', '*'),
        authorization: fc.constant('secret'),
      },
      { requiredKeys: [] },
    )
    .map((headers) => ({ ...headers })),
  cacheOverride: fc.constantFrom<Asked['cacheOverride'][]>(
    'none',
    'none',
    'none',
    'pass',
    { ttl: 2 },
    { ttl: 0, staleWhileRevalidate: 3 },
    { staleIfError: 7 },
  ),
  cacheKey: fc.constantFrom(undefined, undefined, undefined, 'another'),
})

export const asked = fc.oneof(fc.constant(PLAIN), special)

export const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ event: fc.constant('ask' as const), asked }) },
  {
    weight: 3,
    arbitrary: fc.record({
      event: fc.constant('tick' as const),
      ms: fc.constantFrom(1, 999, 1000, 2000, 5000, 10_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('origin' as const), says: said }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('mark' as const), asked, record: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      event: fc.constant('purge' as const),
      target: fc.constantFrom('url', 'key', 'all'),
      soft: fc.boolean(),
    }),
  },
)
