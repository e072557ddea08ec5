/** An explanation tells each step to a decision, with its rule; of the request's directives only those that have decided. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Field, ResponseHead } from '../../lib/http/message.js'
import { rfc9111 } from '../../lib/http/policy.js'
import { type Explanation, explain } from '../../lib/pending/explain.js'
import type { Foreseen, ObjectReport } from '../../lib/pending/host.js'
import type { RequestOptions } from '../../lib/pending/request-options.js'
import { GET, head } from './fixture.js'

type Options = Omit<RequestOptions, 'body'>

const PLAIN: Options = { request: GET, backend: undefined, key: undefined, override: 'none', hooks: {} }

function asking(...fields: Field[]): Options {
  return { ...PLAIN, request: { ...GET, fields } }
}

const demanding = (directives: string) => asking(['cache-control', directives])

const NOTHING: Foreseen = {
  key: 'k',
  does: 'lead',
  outcome: 'lead',
  object: undefined,
  stored: undefined,
  known: 'nothing',
  marked: false,
  backOffMs: 0,
}

/** An object that is so many seconds old, and fresh for 10. */
function found(
  seconds: number,
  { does, outcome }: Pick<Foreseen, 'does' | 'outcome'>,
  { stored = head(), ...changed }: Partial<ObjectReport> & { readonly stored?: ResponseHead } = {},
): Foreseen {
  const object: ObjectReport = {
    ageMs: seconds * 1000,
    isPast: seconds >= 10,
    maxAgeMs: 10_000,
    swrMs: 0,
    sieMs: 0,
    hits: 1,
    varyNames: [],
    surrogateKeys: [],
    sensitive: false,
    ...changed,
  }
  return { key: 'k', does, outcome, object, stored, known: 'key', marked: false, backOffMs: 0 }
}

const HIT = { does: 'use', outcome: 'hit' } as const
const STALE = { does: 'use', outcome: 'stale' } as const
const LEAD = { does: 'lead', outcome: 'lead' } as const
const IF_ERROR = { does: 'lead', outcome: 'lead-if-error' } as const
const IN_BACKGROUND = { does: 'lead', outcome: 'stale-lead' } as const
const WAIT = { does: 'wait', outcome: 'lead' } as const
const PASS: Foreseen = { ...NOTHING, does: 'pass', outcome: 'pass' }

const BEFORE = ['method: GET may be answered from the cache (RFC 9111 2)', 'key: k (RFC 9111 2)']
const UNCONDITIONALLY = 'fetch: fetched, unconditionally (RFC 9111 4)'
const AS_IT_IS = 'fetch: as it is, for this caller alone'
const RANGE: Field = ['range', 'bytes=0-1']
const ASKS_FIRST = 'the request asks the origin first'
const MARKED = 'lookup: marked as uncacheable a moment ago (semantics 3.3 L15)'
const AGED_4 = 'age: 4 s old, fresh for 10 s (RFC 9111 4.2)'
const AGED_15 = 'age: 15 s old, fresh for 10 s (RFC 9111 4.2)'
const LONG_AGO = 'Thu, 01 Jan 2015 00:00:00 GMT'
const REFUSED = 'only-if-cached: nothing here can answer it: 504 (RFC 9111 5.2.1.7)'
const PART = { ...head({ 'content-range': 'bytes 0-4/10', etag: '"1"' }), status: 206 }

/** What is asked for, what the lookup foresees, and what is explained: the decision, what `Cache-Status` will say, and the steps. */
type Case = readonly [Options, Foreseen, ...string[]]

const TABLE: Readonly<Record<string, Case>> = {
  'nothing is stored': [PLAIN, NOTHING, 'fetch', 'uri-miss', 'lookup: nothing is stored (RFC 9111 4)', UNCONDITIONALLY],
  'only other variants are stored': [
    PLAIN,
    { ...NOTHING, known: 'key' },
    'fetch',
    'vary-miss',
    'lookup: nothing is stored for these request headers (RFC 9111 4.1)',
    UNCONDITIONALLY,
  ],
  'a range is asked for with Authorization': [
    asking(['authorization', 'a'], RANGE),
    NOTHING,
    'direct',
    'uri-miss',
    'lookup: nothing is stored (RFC 9111 4)',
    `${AS_IT_IS} (RFC 9111 3.5)`,
  ],
  'a range is asked for, and the last answer could not be stored': [
    asking(RANGE),
    { ...NOTHING, marked: true },
    'direct',
    'uri-miss',
    'lookup: nothing is stored (RFC 9111 4)',
    `${AS_IT_IS} (semantics 5.2)`,
  ],
  'a range is asked for with Authorization, and there is a hook': [
    { ...asking(['authorization', 'a'], RANGE), hooks: { beforeSend() {} } },
    NOTHING,
    'fetch',
    'uri-miss',
    'lookup: nothing is stored (RFC 9111 4)',
    UNCONDITIONALLY,
  ],
  'another request is fetching the answer': [
    PLAIN,
    { ...NOTHING, ...WAIT },
    'wait',
    'miss collapsed',
    'lookup: nothing is stored (RFC 9111 4)',
    'collapse: another request is fetching it (RFC 9111 4)',
  ],
  'the key is marked as uncacheable': [PLAIN, PASS, 'direct', 'bypass', MARKED],
  'the key is marked as uncacheable, and the request says only-if-cached': [
    demanding('only-if-cached'),
    PASS,
    'refuse',
    'undefined',
    MARKED,
    REFUSED,
  ],
  'the object is fresh': [demanding('max-age=60, max-stale'), found(4, HIT), 'hit', 'hit', AGED_4],
  'the object is stale and has an entity tag': [
    PLAIN,
    found(15, LEAD, { stored: head({ etag: '"1"', 'last-modified': LONG_AGO }) }),
    'fetch',
    'stale',
    AGED_15,
    'fetch: fetched, with the validator "1" (RFC 9111 4.3.1)',
  ],
  'the object is stale and has a Last-Modified time': [
    PLAIN,
    found(15, LEAD, { stored: head({ 'last-modified': LONG_AGO }) }),
    'fetch',
    'stale',
    AGED_15,
    `fetch: fetched, with the validator ${LONG_AGO} (RFC 9111 4.3.1)`,
  ],
  'the object is just as old as its freshness lifetime': [
    PLAIN,
    found(10, LEAD),
    'fetch',
    'stale',
    'age: 10 s old, fresh for 10 s (RFC 9111 4.2)',
    UNCONDITIONALLY,
  ],
  'the stale-while-revalidate window is over, and the stale-if-error window is not': [
    PLAIN,
    found(15, IF_ERROR, { swrMs: 4999, sieMs: 5000 }),
    'fetch-or-stale',
    'stale',
    AGED_15,
    'stale-while-revalidate: 5 s past that, beyond 4.999 s (RFC 5861 3)',
    'stale-if-error: 5 s past that, within 5 s (RFC 5861 4)',
    UNCONDITIONALLY,
  ],
  'the object was purged softly': [
    PLAIN,
    found(4, IN_BACKGROUND, { isPast: true, swrMs: 5000 }),
    'stale-and-revalidate',
    'hit',
    AGED_4,
    'soft purge: it has ended that freshness (semantics 12-3)',
    'fetch: fetched in the background, unconditionally (RFC 9111 4)',
  ],
  'a stale object may be revalidated in the background, and the request says only-if-cached': [
    demanding('only-if-cached'),
    found(15, IN_BACKGROUND),
    'stale-and-revalidate',
    'hit',
    AGED_15,
    'fetch: fetched in the background, unconditionally (RFC 9111 4)',
  ],
  'a stale object has to be validated first, and the request says only-if-cached': [
    demanding('only-if-cached'),
    found(15, LEAD),
    'refuse',
    'undefined',
    AGED_15,
    REFUSED,
  ],
  'directives of the request turn a fresh object away': [
    demanding('no-cache, max-age=1, min-fresh=60'),
    found(4, LEAD),
    'fetch',
    'request',
    AGED_4,
    `no-cache: ${ASKS_FIRST} (RFC 9111 5.2.1.4)`,
    `max-age: ${ASKS_FIRST} (RFC 9111 5.2.1.1)`,
    `min-fresh: ${ASKS_FIRST} (RFC 9111 5.2.1.3)`,
    UNCONDITIONALLY,
  ],
  'the request accepts a stale object of any age': [
    demanding('max-stale'),
    found(15, STALE),
    'stale',
    'hit',
    AGED_15,
    'max-stale: the request accepts it stale (RFC 9111 5.2.1.2)',
  ],
  'the request accepts a stale object up to an age': [
    demanding('max-stale=60'),
    found(15, STALE),
    'stale',
    'hit',
    AGED_15,
    'max-stale: the request accepts it stale (RFC 9111 5.2.1.2)',
  ],
  'a directive of the request decides nothing': [
    demanding('max-stale=1, stale-if-error=60'),
    found(15, LEAD),
    'fetch',
    'stale',
    AGED_15,
    UNCONDITIONALLY,
  ],
  'the request accepts a stale object if the fetch fails': [
    demanding('stale-if-error=60'),
    found(15, IF_ERROR),
    'fetch-or-stale',
    'stale',
    AGED_15,
    'stale-if-error: the request accepts it stale if the fetch fails (RFC 5861 4)',
    UNCONDITIONALLY,
  ],
  'a stored part holds the range that is asked for': [
    asking(['range', 'bytes=0-1']),
    found(4, HIT, { stored: PART }),
    'hit',
    'hit',
    AGED_4,
    'part: bytes 0-4/10 is stored, and holds the range (RFC 9111 3.3)',
  ],
  'a stored part does not hold all that is asked for, and is completed': [
    PLAIN,
    found(4, LEAD, { stored: PART }),
    'fetch',
    'partial',
    AGED_4,
    'part: bytes 0-4/10 is stored, and does not hold all that is asked for (RFC 9111 3.3)',
    'fetch: fetched, bytes=5- of it, with the validator "1" (RFC 9111 3.3)',
  ],
}

/** What `Cache-Status` will say, in one word or two. */
function status({ cacheStatus: { hit, forward, collapsed } }: Explanation): string {
  if (hit) return 'hit'
  return collapsed ? `${forward} collapsed` : String(forward)
}

for (const [what, [options, foreseen, ...says]] of Object.entries(TABLE)) {
  test(`where ${what}, the explanation tells each step with its rule`, () => {
    const explanation = explain(options, rfc9111, foreseen)
    const [, ...steps] = String(explanation).split('\n  ')
    assert.equal(steps.slice(0, 2), BEFORE)
    assert.equal([explanation.decision, status(explanation), ...steps.slice(2)], says)
  })
}

const PASSING: Readonly<Record<string, readonly [Options, ...string[]]>> = {
  'its method': [
    { ...PLAIN, request: { ...GET, method: 'POST' } },
    'method',
    'method: POST is never answered from the cache (RFC 9111 4)',
  ],
  'its override': [{ ...PLAIN, override: 'pass' }, 'bypass', 'override: the caller passes the cache (semantics 5.1)'],
  'no-store': [demanding('no-store'), 'bypass', 'no-store: the request must leave no trace (RFC 9111 5.2.1.5)'],
}

for (const [what, [options, ...says]] of Object.entries(PASSING)) {
  test(`an explanation of a request that goes past the cache by ${what} tells that step alone`, () => {
    const explanation = explain(options, rfc9111, undefined)
    const [, ...steps] = String(explanation).split('\n  ')
    assert.equal([explanation.decision, status(explanation), ...steps], ['direct', ...says])
  })
}

test('a cache key that the caller gives is told as such', () => {
  const [, key] = explain({ ...PLAIN, key: 'k' }, rfc9111, NOTHING).steps
  assert.equal(key, { step: 'key', finding: 'k', rule: 'semantics 5.3' })
})

test.run()
