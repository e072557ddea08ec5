/** What a leader asks the origin in place of its client: for the whole, by a validator, or for missing bytes. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fields, first, type ResponseHead } from '../../lib/http/message.js'
import { fastly, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import { asksForMissingPart, asOnMiss, isForwardedAsIs, suggestedRequest } from '../../lib/http/revalidation.js'
import { answer, get, head, lines } from './heads.js'

const OWN = [
  'Range: bytes=0-1',
  'If-None-Match: "c"',
  'If-Modified-Since: x',
  'If-Match: "c"',
  'If-Unmodified-Since: x',
  'If-Range: "c"',
]

test("semantics 5.2: a leader asks the origin for the whole, without the client's range and conditions", () => {
  const request = get('Accept: a', ...OWN, 'Cookie: c=1', 'Cache-Control: no-cache')
  assert.equal(
    suggestedRequest(request, undefined, rfc9111).fields,
    lines('Accept: a', 'Cookie: c=1', 'Cache-Control: no-cache'),
  )
})

test('a leader asks by GET in place of HEAD, and by any other method as it is', () => {
  assert.is(suggestedRequest(head(), undefined, rfc9111).method, 'GET')
  assert.is(suggestedRequest({ ...get(), method: 'OPTIONS' }, undefined, rfc9111).method, 'OPTIONS')
})

const validators: readonly (readonly [stored: readonly string[], sent: readonly string[]])[] = [
  [['ETag: "a"'], ['If-None-Match: "a"']],
  [['ETag: W/"a"', 'ETag: "b"'], ['If-None-Match: W/"a"']],
  [['Last-Modified: then'], ['If-Modified-Since: then']],
  [
    ['Last-Modified: then', 'ETag: "a"'],
    ['If-None-Match: "a"', 'If-Modified-Since: then'],
  ],
  [[], []],
]

for (const [stored, sent] of validators) {
  test(`RFC 9111 4.3.1: an object stored with ${JSON.stringify(stored)} is validated with ${JSON.stringify(sent)}`, () => {
    assert.equal(suggestedRequest(get(...OWN), answer(200, ...stored), rfc9111).fields, lines(...sent))
  })
}

const AUTHORIZED = 'Authorization: a'

for (const [what, request, marked, policy, expected] of [
  ['a range for one caller', get(AUTHORIZED, 'Range: bytes=0-1'), false, rfc9111, true],
  ['a condition for one caller', get(AUTHORIZED, 'If-None-Match: "c"'), false, rfc9111, true],
  ['HEAD for one caller', head(AUTHORIZED), false, rfc9111, true],
  ['HEAD at a mark', head(), true, rfc9111, true],
  ['HEAD for everybody', head(), false, rfc9111, false],
  ['the whole, for one caller', get(AUTHORIZED), true, rfc9111, false],
  [
    'a range that a leader forwards as well',
    get(AUTHORIZED, 'Range: bytes=0-1'),
    true,
    resolvePolicy({ rangeOnMiss: 'forward' }),
    false,
  ],
  ['a range where Authorization does not count', get(AUTHORIZED, 'Range: bytes=0-1'), false, fastly, false],
] as const)
  test(`RFC 9111 3.5: ${what} is sent ${expected ? 'as it is' : 'as a leader sends it'}`, () => {
    assert.is(isForwardedAsIs(request, marked, policy), expected)
  })

test('the suggested request leaves the request of the lookup as it is', () => {
  const request = head(...OWN)
  const before = JSON.stringify(request)
  suggestedRequest(request, answer(200, 'ETag: "a"'), rfc9111)
  assert.is(JSON.stringify(request), before)
})

const FORWARD = resolvePolicy({ rangeOnMiss: 'forward' })
const TAGGED = ['ETag: "a"', 'Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT'] as const

/** What is stored, what the client asks for, and what the origin is asked for under `rangeOnMiss` whole and forward. */
const asked: readonly (readonly [stored: string, range: string | undefined, whole: string, forward: string])[] = [
  ['0-4/10', undefined, 'bytes=5- if "a"', 'bytes=5- if "a"'],
  ['5-9/10', undefined, 'bytes=0-4 if "a"', 'bytes=0-4 if "a"'],
  ['0-4/*', undefined, 'bytes=5- if "a"', 'bytes=5- if "a"'],
  ['2-4/10', undefined, 'all', 'all'],
  ['5-9/*', undefined, 'all', 'all'],
  ['0-4/10', 'bytes=5-6', 'bytes=5- if "a"', 'bytes=5-6 if "a"'],
  ['0-4/10', 'bytes=3-6', 'bytes=5- if "a"', 'bytes=5-6 if "a"'],
  ['0-4/10', 'bytes=3-', 'bytes=5- if "a"', 'bytes=5- if "a"'],
  ['0-4/10', 'bytes=-7', 'bytes=5- if "a"', 'bytes=5- if "a"'],
  ['5-9/10', 'bytes=3-6', 'bytes=0-4 if "a"', 'bytes=3-4 if "a"'],
  ['0-4/10', 'bytes=7-8', 'bytes=5- if "a"', 'bytes=7-8'],
  ['4-5/10', 'bytes=2-8', 'all', 'bytes=2-8'],
  ['0-4/10', 'bytes=20-', 'bytes=5- if "a"', 'bytes=5- if "a"'],
  ['0-4/10', 'bytes=5-6, 8-9', 'bytes=5- if "a"', 'bytes=5- if "a"'],
  ['0-4/10', 'bytes=0-4', 'all, unless "a"', 'bytes=0-4, unless "a"'],
  ['nonsense', 'bytes=0-4', 'all', 'bytes=0-4'],
]

for (const [stored, range, whole, forward] of asked) {
  test(`RFC 9111 3.3: with ${stored} stored, ${range ?? 'everything'} is asked for as ${whole}, or ${forward}`, () => {
    const request = range === undefined ? get() : get(`Range: ${range}`)
    const part = answer(206, `Content-Range: bytes ${stored}`, ...TAGGED)
    const told = (policy: typeof rfc9111) => askedFor(suggestedRequest(request, part, policy).fields)
    assert.equal([told(rfc9111), told(FORWARD)], [whole, forward])
  })
}

function askedFor(fields: Fields): string {
  const [condition, known] = [first(fields, 'if-range'), first(fields, 'if-none-match')]
  const range = first(fields, 'range') ?? 'all'
  return `${range}${condition === undefined ? '' : ` if ${condition}`}${known === undefined ? '' : `, unless ${known}`}`
}

test('RFC 9111 3.4: missing bytes are asked for only with a strong validator', () => {
  const part = (...more: readonly string[]) => answer(206, 'Content-Range: bytes 0-4/10', ...more)
  const told = (stored: ResponseHead) => askedFor(suggestedRequest(get(), stored, rfc9111).fields)
  assert.is(told(part()), 'all')
  assert.is(told(part('ETag: W/"a"')), 'all')
  const modified = 'Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT'
  assert.is(told(part(modified)), 'all', 'a date is strong only beside a later Date')
  assert.is(told(part(modified, 'Date: Sun, 06 Nov 1994 08:00:00 GMT')), 'all')
  assert.is(told(part(modified, 'Date: Sun, 06 Nov 1994 08:00:01 GMT')), 'bytes=5- if Sun, 06 Nov 1994 08:00:00 GMT')
})

test('under a policy that stores no parts, no missing bytes are asked for, and no range is forwarded', () => {
  const part = answer(206, 'Content-Range: bytes 0-4/10', ...TAGGED)
  for (const policy of [fastly, resolvePolicy({ partialContent: 'refuse', rangeOnMiss: 'forward' })]) {
    assert.is(askedFor(suggestedRequest(get('Range: bytes=5-'), part, policy).fields), 'all, unless "a"')
  }
})

test('with rangeOnMiss forward, one range of a GET that finds nothing stored is forwarded with its If-Range', () => {
  const told = (...fields: readonly string[]) => askedFor(suggestedRequest(get(...fields), undefined, FORWARD).fields)
  assert.is(told('Range: bytes=0-4', 'If-Range: "x"', 'If-None-Match: "y"'), 'bytes=0-4 if "x"')
  for (const several of ['bytes=0-4, 6-7', 'rows=0-4', 'bytes=4-x', 'bytes=-'])
    assert.is(told(`Range: ${several}`), 'all')
  assert.is(told('Range: bytes=0-4', 'Range: bytes=0-4'), 'all')
  assert.is(askedFor(suggestedRequest(head('Range: bytes=0-4'), undefined, FORWARD).fields), 'all')
})

test('a second try asks as if nothing were stored, with what a hook has added', () => {
  const request = get('Range: bytes=7-8')
  const sent = { ...request, fields: lines('X: added', 'Range: bytes=5-', 'If-Range: "a"', 'If-None-Match: "a"') }
  assert.ok(asksForMissingPart(request, sent))
  assert.equal(asOnMiss(request, sent, rfc9111).fields, lines('X: added'))
  assert.equal(asOnMiss(request, sent, FORWARD).fields, lines('X: added', 'Range: bytes=7-8'))
  assert.not(asksForMissingPart(request, asOnMiss(request, sent, FORWARD)))
})

test.run()
