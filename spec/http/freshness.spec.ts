/** How long an answer is fresh, and which window an age falls into (RFC 9111 4.2, 5.2.1, RFC 5861). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatHttpDate } from '../../lib/http/dates.js'
import { requestDirectives } from '../../lib/http/directives.js'
import { acceptsAfterError, ageClass, freshnessLifetimeSeconds, requestVerdict } from '../../lib/http/freshness.js'
import { fastly, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import { answer, lines, NOW } from './heads.js'

const ago = (seconds: number) => formatHttpDate(NOW - seconds * 1000)
const DATE = `Date: ${ago(0)}`
const CHANGED_1000_S_AGO = `Last-Modified: ${ago(1000)}`

const lifetimes: readonly (readonly [
  rule: string,
  status: number,
  fields: readonly string[],
  rfc: number,
  fastly: number,
])[] = [
  ['4.2.1: s-maxage before max-age', 200, ['Cache-Control: max-age=1, s-maxage=2'], 2, 2],
  ['4.2.1: max-age before Expires', 200, ['Cache-Control: max-age=1', `Expires: ${ago(-60)}`, DATE], 1, 1],
  ['4.2.1: max-age=0 is explicit', 200, ['Cache-Control: max-age=0', CHANGED_1000_S_AGO, DATE], 0, 0],
  ['4.2.1: Expires less Date', 200, [`Expires: ${ago(-60)}`, `Date: ${ago(10)}`], 70, 70],
  ['4.2.1: Expires without Date counts from now', 200, [`Expires: ${ago(-60)}`], 60, 60],
  ['4.2.1: an Expires in the past is no negative lifetime', 200, [`Expires: ${ago(60)}`, DATE], 0, 0],
  ['4.2.1: invalid s-maxage, valid max-age', 200, ['Cache-Control: s-maxage=x, max-age=5'], 5, 5],
  [
    '4.2.1: an invalid max-age is no reason to guess',
    200,
    ['Cache-Control: max-age=x', CHANGED_1000_S_AGO, DATE],
    0,
    3600,
  ],
  [
    '5.3: Expires is ignored beside an invalid max-age',
    200,
    ['Cache-Control: max-age=-1', `Expires: ${ago(-60)}`],
    0,
    60,
  ],
  ['5.3: an invalid Expires has passed', 200, ['Expires: 0', CHANGED_1000_S_AGO, DATE], 0, 3600],
  ['4.2.2: a tenth of the time since Last-Modified', 200, [CHANGED_1000_S_AGO, DATE], 100, 3600],
  ['4.2.2: a status not cacheable by default is not guessed at', 302, [CHANGED_1000_S_AGO, DATE], 0, 3600],
  ['4.2.2: a 302 that says public is guessed at', 302, ['Cache-Control: public', CHANGED_1000_S_AGO, DATE], 100, 3600],
  ['4.2.2: nothing to guess from', 200, [DATE], 0, 3600],
  ['4.2.2: Last-Modified in the future', 200, [`Last-Modified: ${ago(-5)}`, DATE], 0, 3600],
  ['5.2.2.4: no-cache', 200, ['Cache-Control: no-cache, max-age=60'], 0, 60],
  ['5.2.2.4: qualified no-cache', 200, ['Cache-Control: no-cache="x", max-age=60'], 60, 60],
  ['RFC 8246: immutable changes nothing here', 200, ['Cache-Control: immutable, max-age=60'], 60, 60],
  [
    'RFC 9213 2.2: CDN-Cache-Control replaces Expires',
    200,
    ['CDN-Cache-Control: public', `Expires: ${ago(-60)}`, DATE],
    0,
    60,
  ],
  ['4.2.1: an Age that is no number', 200, ['Cache-Control: max-age=60', 'Age: soon'], 0, 60],
  ['4.2.1: an Age said twice', 200, ['Cache-Control: max-age=60', 'Age: 0', 'Age: 0'], 0, 60],
  ['malformed directives', 200, ['Cache-Control: max-age =60'], 0, 0],
]

for (const [rule, status, fields, rfc, underFastly] of lifetimes) {
  test(`RFC 9111 ${rule}: fresh for ${rfc} s, under fastly for ${underFastly} s`, () => {
    const response = answer(status, ...fields)
    assert.is(freshnessLifetimeSeconds(response, rfc9111, NOW), rfc)
    assert.is(freshnessLifetimeSeconds(response, fastly, NOW), underFastly)
  })
}

test('the heuristic lifetime has the bound that the policy gives it', () => {
  const policy = resolvePolicy({ heuristicMaxSeconds: 30 })
  assert.is(freshnessLifetimeSeconds(answer(200, CHANGED_1000_S_AGO, DATE), policy, NOW), 30)
})

const timing = (ageMs: number, more: { staleAtMs?: number; swrMs?: number; sieMs?: number } = {}) => ({
  ageMs,
  maxAgeMs: 10_000,
  swrMs: 0,
  sieMs: 0,
  ...more,
})

test('T33: with max-age=10 an answer is fresh at 9.999 s and not at 10 s', () => {
  assert.is(ageClass(timing(9_999)), 'fresh')
  assert.is(ageClass(timing(10_000)), 'expired')
})

test('semantics 3.2: both windows start where freshness ends, run in parallel, and include their last moment', () => {
  const windows = { swrMs: 5_000, sieMs: 8_000 }
  assert.is(ageClass(timing(10_000, windows)), 'swr')
  assert.is(ageClass(timing(15_000, windows)), 'swr')
  assert.is(ageClass(timing(15_001, windows)), 'sie')
  assert.is(ageClass(timing(18_000, windows)), 'sie')
  assert.is(ageClass(timing(18_001, windows)), 'expired')
})

test('a stale window of zero is closed, also at the moment freshness ends', () => {
  assert.is(ageClass(timing(10_000, { sieMs: 1 })), 'sie')
  assert.is(ageClass(timing(10_000)), 'expired')
})

test('T101, T102: after a soft purge the stale windows count from there, never from later than freshness ended', () => {
  assert.is(ageClass(timing(4_000, { staleAtMs: 4_000, swrMs: 1_000 })), 'swr')
  assert.is(ageClass(timing(5_001, { staleAtMs: 4_000, swrMs: 1_000 })), 'expired')
  assert.is(ageClass(timing(11_001, { staleAtMs: 12_000, swrMs: 1_000 })), 'expired')
})

const FRESH = timing(6_000)
const STALE = timing(16_000)

const verdicts: readonly (readonly [directives: string, fresh: string, stale: string, staleIsForbidden: string])[] = [
  ['', 'use', 'by-age', 'by-age'],
  ['no-cache', 'validate', 'validate', 'validate'],
  ['no-store', 'use', 'by-age', 'by-age'],
  ['max-age=6', 'use', 'validate', 'validate'],
  ['max-age=5', 'validate', 'validate', 'validate'],
  ['max-age=0', 'validate', 'validate', 'validate'],
  ['max-age=60', 'use', 'validate', 'validate'],
  ['max-age=5, max-stale=1', 'use', 'validate', 'validate'],
  ['max-age=5, max-stale=11', 'use', 'use-stale', 'validate'],
  ['max-stale', 'use', 'use-stale', 'by-age'],
  ['max-stale=6', 'use', 'use-stale', 'by-age'],
  ['max-stale=5', 'use', 'by-age', 'by-age'],
  ['max-stale=x', 'use', 'by-age', 'by-age'],
  ['max-stale=', 'use', 'by-age', 'by-age'],
  ['min-fresh=4', 'use', 'validate', 'validate'],
  ['min-fresh=5', 'validate', 'validate', 'validate'],
  ['only-if-cached', 'use', 'by-age', 'by-age'],
]

for (const [said, fresh, stale, forbidden] of verdicts) {
  test(`RFC 9111 5.2.1: "${said}" with 4 s left: ${fresh}; stale for 6 s: ${stale}; and stale forbidden: ${forbidden}`, () => {
    const directives = requestDirectives(lines(`Cache-Control: ${said}`))
    assert.is(requestVerdict(directives, FRESH, false), fresh)
    assert.is(requestVerdict(directives, FRESH, true), fresh)
    assert.is(requestVerdict(directives, STALE, false), stale)
    assert.is(requestVerdict(directives, STALE, true), forbidden)
  })
}

const afterErrors: readonly (readonly [
  directives: string,
  fresh: boolean,
  stale: boolean,
  staleIsForbidden: boolean,
])[] = [
  ['stale-if-error=6', true, true, false],
  ['stale-if-error=5', true, false, false],
  ['stale-if-error=0', true, false, false],
  ['stale-if-error=x', false, false, false],
  ['stale-if-error', false, false, false],
  ['no-cache, stale-if-error=60', true, true, false],
  ['max-age=0', false, false, false],
]

for (const [said, fresh, stale, forbidden] of afterErrors) {
  test(`RFC 5861 4: a request with "${said}" may be answered after a failure: ${fresh}, stale for 6 s: ${stale}`, () => {
    const directives = requestDirectives(lines(`Cache-Control: ${said}`))
    assert.is(acceptsAfterError(directives, FRESH, true), fresh)
    assert.is(acceptsAfterError(directives, STALE, false), stale)
    assert.is(acceptsAfterError(directives, STALE, true), forbidden)
  })
}

test('RFC 9111 4.2: an object as old as its lifetime is stale, and answers no failure where stale is forbidden', () => {
  const ended = { ...STALE, ageMs: STALE.maxAgeMs }
  const directives = requestDirectives(lines('Cache-Control: stale-if-error=60'))
  assert.is(acceptsAfterError(directives, ended, false), true)
  assert.is(acceptsAfterError(directives, ended, true), false)
})

const STATUSES = Array.from({ length: 400 }, (_, nth) => 200 + nth)
const DEFAULT_CACHEABLE = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]

test('RFC 9110 15.1: a lifetime is guessed for the statuses that are heuristically cacheable, and for no other', () => {
  const guessed = STATUSES.filter(
    (status) => freshnessLifetimeSeconds(answer(status, CHANGED_1000_S_AGO, DATE), rfc9111, NOW) > 0,
  )
  assert.equal(guessed, DEFAULT_CACHEABLE)
})

test('RFC 9111 4.2: all three date formats count, in Expires, Date and Last-Modified', () => {
  const at = (seconds: number) => new Date(NOW + seconds * 1000)
  const formats = [imf, rfc850, asctime]
  for (const expires of formats) {
    for (const date of formats) {
      const dated = answer(200, `Expires: ${expires(at(60))}`, `Date: ${date(at(-10))}`)
      assert.is(freshnessLifetimeSeconds(dated, rfc9111, NOW), 70, `${expires.name} ${date.name}`)
      const guessed = answer(200, `Last-Modified: ${expires(at(-1000))}`, `Date: ${date(at(0))}`)
      assert.is(freshnessLifetimeSeconds(guessed, rfc9111, NOW), 100, `${expires.name} ${date.name}`)
    }
  }
})

const imf = (date: Date) => date.toUTCString()
const rfc850 = (date: Date) => {
  const [, day, month, year, time] = /, (\d+) (\w+) \d\d(\d\d) ([\d:]+)/.exec(imf(date)) ?? []
  const weekday = date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
  return `${weekday}, ${day}-${month}-${year} ${time} GMT`
}
const asctime = (date: Date) => {
  const [, weekday, day, month, year, time] = /(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(imf(date)) ?? []
  return `${weekday} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}`
}

const nonsense: readonly (readonly [fields: readonly string[], seconds: number])[] = [
  [['Expires: -1'], 0],
  [['Expires: soon'], 0],
  [['Expires:'], 0],
  [[`Expires: ${ago(-60)}`, `Expires: ${ago(-90)}`], 60],
  [['Expires: soon', `Expires: ${ago(-90)}`], 0],
  [[`Expires: ${ago(-60)}`, 'Date: now'], 60],
  [['Cache-Control: max-age=60', 'Expires: soon'], 60],
  [['Last-Modified: soon', DATE], 0],
  [['Cache-Control: max-age=99999999999999999999'], 2 ** 32 - 1],
  [['Cache-Control: max-age=-1', CHANGED_1000_S_AGO], 0],
  [['Cache-Control: max-age=1.5', CHANGED_1000_S_AGO], 0],
  [['Cache-Control: MAX-AGE=7, Foo=1'], 7],
  [['Cache-Control: max-age="7"'], 7],
  [['Cache-Control: max-age=7, max-age=9'], 7],
  [['Pragma: no-cache', 'Cache-Control: max-age=7'], 7],
  [['Pragma: no-cache', CHANGED_1000_S_AGO, DATE], 100],
]

for (const [fields, seconds] of nonsense) {
  test(`RFC 9111 4.2, 5.3, 5.4: ${JSON.stringify(fields)} are fresh for ${seconds} s`, () => {
    assert.is(freshnessLifetimeSeconds(answer(200, ...fields), rfc9111, NOW), seconds)
  })
}

test('an object whose lifetime has just passed is stale to a request, and max-stale=0 accepts it', () => {
  assert.is(requestVerdict(requestDirectives([]), timing(10_000), false), 'by-age')
  assert.is(requestVerdict(requestDirectives(lines('Cache-Control: max-stale=0')), timing(10_000), false), 'use-stale')
})

test.run()
