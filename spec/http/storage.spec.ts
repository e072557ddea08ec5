/** Whether an answer may be stored, and under which head (RFC 9111 3, 3.1, 3.2, 4.3.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { first, has, values } from '../../lib/http/message.js'
import { fastly, type Policy, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import { freshen, preparedByHook, prepareForStorage, type StorageAction } from '../../lib/http/storage.js'
import { answer, get, head, lines } from './heads.js'

const I: StorageAction = 'insert'
const R: StorageAction = 'record-uncacheable'
const N: StorageAction = 'do-not-store'

/** Worked rows of semantics 6.2: the answer to a plain GET, and what becomes of it under rfc9111 and fastly. */
const rows: readonly (readonly [
  status: number,
  fields: readonly string[],
  rfc: StorageAction,
  fastly: StorageAction,
])[] = [
  [200, [], I, I],
  [200, ['Cache-Control: private'], R, R],
  [200, ['Cache-Control: no-store'], R, R],
  [200, ['Cache-Control: private="x"'], I, I],
  [200, ['Cache-Control: no-cache'], I, I],
  [200, ['Cache-Control: max-age=0'], I, I],
  [302, [], N, N],
  [302, ['Cache-Control: max-age=60'], I, I],
  [302, ['Expires: 0'], I, I],
  [302, ['Cache-Control: public'], I, I],
  [302, ['Cache-Control: private, public'], R, R],
  [302, ['CDN-Cache-Control: immutable', 'Expires: 0'], N, I],
  [404, [], I, I],
  [410, [], I, I],
  [500, [], N, N],
  [503, [], N, N],
  [503, ['Cache-Control: max-age=5'], I, I],
  [503, ['Cache-Control: no-store'], N, N],
  [429, ['Cache-Control: max-age=60, public'], N, N],
  [206, ['Cache-Control: max-age=60'], N, N],
  [206, ['Content-Range: bytes 0-4/10'], I, N],
  [206, ['Content-Range: bytes 0-4/10', 'Content-Length: 5', 'Cache-Control: max-age=60'], I, N],
  [206, ['Content-Range: bytes 0-4/10', 'Content-Length: 6', 'Cache-Control: max-age=60'], N, N],
  [206, ['Content-Range: bytes 5-4/10', 'Cache-Control: max-age=60'], N, N],
  [206, ['Content-Range: bytes 0-4/10', 'Cache-Control: private'], R, N],
  [304, ['Cache-Control: max-age=60'], N, N],
  [103, ['Cache-Control: max-age=60'], N, N],
  [200, ['Cache-Control:'], N, N],
  [200, ['Cache-Control: max-age =1'], N, N],
  [200, ['Cache-Control: no-store, must-understand'], I, I],
  [418, ['Cache-Control: no-store, must-understand, max-age=60'], N, N],
  [200, ['Set-Cookie: a=1', 'Cache-Control: max-age=60'], R, R],
  [200, ['Set-Cookie: a=1', 'Cache-Control: max-age=60, public'], I, R],
  [503, ['Set-Cookie: a=1'], N, N],
  [200, ['Set-Cookie: a=1', 'Cache-Control: private="set-cookie"'], I, I],
  [200, ['Surrogate-Control: max-age=60', 'Cache-Control: private'], I, I],
  [200, ['CDN-Cache-Control: max-age=60', 'Cache-Control: private'], I, R],
  [200, ['Vary: *'], R, I],
  [200, ['Vary: accept, *', 'Cache-Control: max-age=60'], R, I],
]

for (const [status, fields, rfc, underFastly] of rows) {
  test(`semantics 6.2: ${status} ${JSON.stringify(fields)}: ${rfc}, under fastly ${underFastly}`, () => {
    const response = answer(status, ...fields)
    assert.is(prepareForStorage(get(), response, undefined, rfc9111).action, rfc)
    assert.is(prepareForStorage(get(), response, undefined, fastly).action, underFastly)
  })
}

const FINAL = Array.from({ length: 400 }, (_, nth) => 200 + nth)
const BY_ITSELF = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]

function storedStatuses(...fields: readonly string[]): number[] {
  return FINAL.filter((status) => prepareForStorage(get(), answer(status, ...fields), undefined, rfc9111).action === I)
}

const NEVER = [206, 304, 428, 429, 431, 511] // 206: without its range

test('RFC 9111 3, RFC 6585: any final status is stored with explicit freshness, but 304, a 206 without its range, 428, 429, 431 and 511', () => {
  const all = FINAL.filter((status) => !NEVER.includes(status))
  for (const said of ['Cache-Control: max-age=1', 'Cache-Control: s-maxage=1', 'Expires: 0', 'Cache-Control: public'])
    assert.equal(storedStatuses(said), all, said)
})

test('RFC 9110 15.1: without explicit freshness, only heuristically cacheable statuses are stored', () => {
  assert.equal(storedStatuses(), BY_ITSELF)
  assert.equal(storedStatuses('Content-Range: bytes 0-1/2'), [200, 203, 204, 206, ...BY_ITSELF.slice(3)])
})

test('RFC 9111 5.2.2.3: must-understand overrides no-store, and stores only statuses that are known', () => {
  assert.equal(storedStatuses('Cache-Control: max-age=1, no-store, must-understand'), BY_ITSELF)
  assert.equal(storedStatuses('Cache-Control: max-age=1, must-understand'), BY_ITSELF)
  assert.equal(storedStatuses('Cache-Control: max-age=1, no-store'), [])
})

const authorized: readonly (readonly [cacheControl: string, rfc: StorageAction])[] = [
  ['max-age=60', R],
  ['max-age=60, public', I],
  ['max-age=60, must-revalidate', I],
  ['s-maxage=60', I],
  ['max-age=60, proxy-revalidate', R],
]

for (const [cacheControl, rfc] of authorized) {
  test(`RFC 9111 3.5: "${cacheControl}" in answer to Authorization: ${rfc}; under fastly insert`, () => {
    const request = get('Authorization: Basic eDp5')
    const response = answer(200, `Cache-Control: ${cacheControl}`)
    assert.is(prepareForStorage(request, response, undefined, rfc9111).action, rfc)
    assert.is(prepareForStorage(request, response, undefined, fastly).action, I)
  })
}

test('RFC 9111 5.2.1.5: the answer to a request with no-store is not stored, and leaves no mark', () => {
  const request = get('Cache-Control: no-store')
  assert.is(prepareForStorage(request, answer(200), undefined, rfc9111).action, N)
  assert.is(prepareForStorage(request, answer(200), undefined, fastly).action, I)
})

test('only answers to GET and HEAD are stored', () => {
  assert.is(prepareForStorage(head(), answer(200), undefined, rfc9111).action, I)
  assert.is(prepareForStorage({ ...get(), method: 'POST' }, answer(200), undefined, rfc9111).action, N)
})

test('RFC 9111 3.1: fields for one hop, for a proxy or for one user are not stored', () => {
  const response = answer(
    200,
    'Connection: close, X-Hop',
    'X-Hop: 1',
    'Keep-Alive: 1',
    'Proxy-Connection: 1',
    'TE: trailers',
    'Transfer-Encoding: chunked',
    'Upgrade: h2c',
    'Proxy-Authenticate: Basic',
    'Proxy-Authentication-Info: x',
    'Proxy-Authorization: x',
    'Cache-Control: max-age=1, private="X-User", no-cache="x-fresh"',
    'X-User: me',
    'X-Fresh: 1',
    'X-Kept: 1',
  )
  const { head: stored } = prepareForStorage(get(), response, undefined, rfc9111)
  assert.equal(
    stored.fields.map(([name]) => name),
    ['cache-control', 'x-kept'],
  )
})

test('RFC 9111 5.2.2.4, 5.2.2.7: fields that are private by name are kept apart for the caller', () => {
  const own = (...fields: readonly string[]) =>
    prepareForStorage(get(), answer(200, ...fields), undefined, rfc9111).requesterOnly
  assert.equal(own('Cache-Control: private="a, b", no-cache=c', 'A: 1', 'A: 2', 'C: 3'), lines('A: 1', 'A: 2', 'C: 3'))
  assert.equal(own('Cache-Control: private="keep-alive"', 'Keep-Alive: 1'), [], 'not what is for one hop only')
  assert.is(own('A: 1'), undefined)
})

test('RFC 9110 15.5.17: a 416 is not stored where its request had a range', () => {
  const unsatisfiable = answer(416, 'Cache-Control: max-age=60', 'Content-Range: bytes */10')
  assert.is(prepareForStorage(get('Range: bytes=20-'), unsatisfiable, undefined, rfc9111).action, N)
  assert.is(prepareForStorage(get(), unsatisfiable, undefined, rfc9111).action, I)
})

test('an answer that is not stored keeps all its fields', () => {
  const response = answer(200, 'Cache-Control: private, no-cache="x"', 'X: 1', 'Set-Cookie: a=1')
  assert.is(prepareForStorage(get(), response, undefined, rfc9111).head, response)
})

test('RFC 9111 3.1, 5.2.2.7: what a hook stores against the directives has no fields for one hop, a proxy or one user', () => {
  const received = answer(
    200,
    'Cache-Control: no-store, private="x, y"',
    'Proxy-Authenticate: Basic',
    'X: mine',
    'Y: mine',
    'Z: 1',
  )
  const edited = answer(
    200,
    'Cache-Control: no-store, private="x, y"',
    'Proxy-Authenticate: Basic',
    'X: mine',
    'Y: all',
    'Z: 1',
  )
  const { head, requesterOnly } = preparedByHook(edited, received, rfc9111)
  assert.equal(
    head.fields,
    lines('Cache-Control: no-store, private="x, y"', 'Y: all', 'Z: 1'),
    'Y is as the hook has set it',
  )
  assert.equal(requesterOnly, lines('X: mine'), 'the requester gets Y as the hook has set it, too')
})

test('a private field of several lines is not stored either when a hook has stored it as Headers give it, in one', () => {
  const received = answer(200, 'Cache-Control: private="x"', 'X: mine', 'X: mine too')
  const edited = answer(200, 'Cache-Control: private="x"', 'X: mine, mine too')
  const { head, requesterOnly } = preparedByHook(edited, received, rfc9111)
  assert.equal([head.fields, requesterOnly], [lines('Cache-Control: private="x"'), lines('X: mine, mine too')])
})

test('a private field that a hook has removed goes to nobody', () => {
  const received = answer(200, 'Cache-Control: private="x"', 'X: mine')
  const { head, requesterOnly } = preparedByHook(answer(200, 'Cache-Control: private="x"'), received, rfc9111)
  assert.equal([head.fields, requesterOnly], [lines('Cache-Control: private="x"'), []])
})

const STORED = answer(200, 'ETag: "a"', 'Content-Length: 5', 'X-Old: 1', 'X: old', 'X: older', 'Content-Encoding: br')

test('RFC 9111 3.2: a 304 replaces the fields it has, whole, but not those that describe the stored bytes', () => {
  const validation = answer(
    304,
    'X: new',
    'Date: now',
    'Content-Length: 0',
    'Content-Encoding: gzip',
    'Connection: x-hop',
    'X-Hop: 1',
  )
  const { action, head: updated } = prepareForStorage(get(), validation, STORED, rfc9111)
  assert.is(action, 'update')
  assert.is(updated.status, 200)
  assert.equal(
    updated.fields,
    lines('ETag: "a"', 'Content-Length: 5', 'X-Old: 1', 'Content-Encoding: br', 'X: new', 'Date: now'),
  )
})

test('a Set-Cookie in a 304 is not stored, and the 304 still updates', () => {
  for (const policy of [rfc9111, fastly]) {
    const { action, head: updated } = prepareForStorage(get(), answer(304, 'Set-Cookie: a=1'), STORED, policy)
    assert.is(action, 'update')
    assert.not(has(updated.fields, 'set-cookie'))
  }
})

test('RFC 9111 7.3: where the policy shares cookies, an answer with one is stored, and a 304 replaces it', () => {
  const policy = resolvePolicy({ setCookie: 'share' })
  assert.is(prepareForStorage(get(), answer(200, 'Set-Cookie: a=1'), undefined, policy).action, I)
  const { head: updated } = prepareForStorage(get(), answer(304, 'Set-Cookie: a=2'), STORED, policy)
  assert.is(first(updated.fields, 'set-cookie'), 'a=2')
})

test('a 304 changes neither the digests nor the entity tag of the stored bytes', () => {
  const stored = answer(200, 'ETag: "a"', 'Content-MD5: stored', 'Content-Digest: stored')
  const newer = lines('ETag: "b"', 'Content-MD5: newer', 'Content-Digest: newer')
  assert.equal(freshen(stored, newer).fields, stored.fields)
})

for (const coding of [['Content-Encoding: gzip'], []]) {
  test(`a 304 whose Vary lacks Accept-Encoding does not take it from the stored response: ${coding}`, () => {
    const stored = answer(200, 'Vary: accept-encoding', 'Vary: origin', ...coding)
    const varyAfter = (...said: readonly string[]) =>
      values(prepareForStorage(get(), answer(304, ...said), stored, rfc9111).head.fields, 'vary')
    assert.equal(varyAfter('Vary: origin'), ['origin', 'Accept-Encoding'])
    assert.equal(varyAfter('Vary: ACCEPT-ENCODING'), ['ACCEPT-ENCODING'])
    assert.equal(varyAfter(), ['accept-encoding', 'origin'])
  })
}

test('RFC 9111 4.2.3: a validated object has the Age of its 304, and not the Age it was stored with', () => {
  const stored = answer(200, 'ETag: "a"', 'Age: 100')
  for (const policy of [rfc9111, fastly]) {
    const ageAfter = (...fields: string[]) =>
      values(prepareForStorage(get(), answer(304, ...fields), stored, policy).head.fields, 'age')
    assert.equal(ageAfter(), [])
    assert.equal(ageAfter('Age: 7'), ['7'])
  }
})

test('semantics 6.1: the stored response says which fields of a 304 are private', () => {
  const stored = answer(200, 'Cache-Control: private="x"')
  const { head: updated } = prepareForStorage(get(), answer(304, 'X: 1', 'Y: 1'), stored, rfc9111)
  assert.not(has(updated.fields, 'x'))
  assert.is(first(updated.fields, 'y'), '1')
})

test('a field that a 304 says is private goes to the caller, and the stored field of that name is dropped', () => {
  const stored = answer(200, 'X: old', 'Y: old')
  const { head: updated, requesterOnly } = prepareForStorage(
    get(),
    answer(304, 'Cache-Control: private="x"', 'X: 1'),
    stored,
    rfc9111,
  )
  assert.equal([first(updated.fields, 'x'), first(updated.fields, 'y')], [undefined, 'old'])
  assert.equal(requesterOnly, lines('X: 1'))
})

/** What was stored, the request that validated it, and a 304 that may not be stored. */
const forbidding: readonly (readonly [what: string, stored: string, request: string, validation: string])[] = [
  ['private', 'Cache-Control: max-age=1', 'A: 1', 'Cache-Control: private, max-age=60'],
  ['no-store', 'Cache-Control: max-age=1', 'A: 1', 'Cache-Control: no-store, max-age=60'],
  ['Vary: *', 'Cache-Control: max-age=1', 'A: 1', 'Vary: *'],
  ['in answer to Authorization', 'Cache-Control: max-age=1', 'Authorization: me', 'Cache-Control: max-age=60'],
]

for (const [what, stored, request, validation] of forbidding) {
  test(`RFC 9111 3: a 304 that may not be stored (${what}) goes to its caller alone, with all its fields; fastly updates`, () => {
    const prepared = (policy: Policy) =>
      prepareForStorage(get(request), answer(304, validation, 'Set-Cookie: a=1'), answer(200, stored, 'B: 1'), policy)
    const { action, head: given } = prepared(rfc9111)
    assert.is(action, R)
    assert.equal([given.status, first(given.fields, 'b'), first(given.fields, 'set-cookie')], [200, '1', 'a=1'])
    assert.is(prepared(fastly).action, 'update')
  })
}

test('a 304 whose directives are malformed goes to its caller alone, as a full answer would; fastly updates', () => {
  const malformed = answer(304, 'Cache-Control: max-age =60')
  const judged = [rfc9111, fastly].map((policy) =>
    prepareForStorage(get('Authorization: me'), malformed, STORED, policy),
  )
  assert.equal(
    judged.map(({ action }) => action),
    ['do-not-store', 'update'],
  )
})

test('RFC 9111 3.5: a 304 in answer to Authorization updates an object that is public', () => {
  const stored = answer(200, 'Cache-Control: public, max-age=1')
  assert.is(prepareForStorage(get('Authorization: me'), answer(304, 'X: 1'), stored, rfc9111).action, 'update')
})

const tags: readonly (readonly [stored: string | undefined, newer: string | undefined, rfc: string])[] = [
  ['"a"', '"a"', 'update'],
  ['"a"', undefined, 'update'],
  [undefined, undefined, 'update'],
  ['"a"', 'W/"a"', 'update'],
  ['W/"a"', 'W/"a"', 'update'],
  ['W/"a"', '"a"', 'mismatched-validator'],
  ['"a"', '"b"', 'mismatched-validator'],
  ['W/"a"', 'W/"b"', 'mismatched-validator'],
  [undefined, '"a"', 'mismatched-validator'],
]

for (const [stored, newer, rfc] of tags) {
  test(`RFC 9111 4.3.4: a 304 with ETag ${newer} for a stored ${stored}: ${rfc}; fastly updates`, () => {
    const tagged = (status: number, tag: string | undefined) =>
      answer(status, ...(tag === undefined ? [] : [`ETag: ${tag}`]))
    assert.is(prepareForStorage(get(), tagged(304, newer), tagged(200, stored), rfc9111).action, rfc)
    assert.is(prepareForStorage(get(), tagged(304, newer), tagged(200, stored), fastly).action, 'update')
  })
}

const CLOCK = 'Date: Thu, 01 Jan 2026 00:00:01 GMT'
const MODIFIED = 'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT'

for (const [what, stored, newer, rfc] of [
  ['a tag that differs in strength alone', ['ETag: W/"a"', MODIFIED, CLOCK], ['ETag: "a"', MODIFIED], 'update'],
  ['a tag where none is stored', [MODIFIED, CLOCK], ['ETag: "a"', MODIFIED], 'update'],
  ['a weak tag where none is stored', [MODIFIED, CLOCK], ['ETag: W/"a"', MODIFIED], 'update'],
  ['another tag', ['ETag: "a"', MODIFIED, CLOCK], ['ETag: "b"', MODIFIED], 'mismatched-validator'],
  [
    'a date that is a weak validator',
    [MODIFIED, CLOCK.replace(':01 ', ':00 ')],
    ['ETag: "a"', MODIFIED],
    'mismatched-validator',
  ],
  ['another date', [MODIFIED, CLOCK], ['ETag: "a"', MODIFIED.replace('2026', '2025')], 'mismatched-validator'],
] as const) {
  test(`RFC 9111 4.3.4: a 304 may share a strong Last-Modified with what is stored instead of a tag; ${what}: ${rfc}`, () => {
    assert.is(prepareForStorage(get(), answer(304, ...newer), answer(200, ...stored), rfc9111).action, rfc)
  })
}

test('a full answer replaces what is stored', () => {
  assert.is(prepareForStorage(get(), answer(200, 'ETag: "b"'), STORED, rfc9111).action, I)
  assert.is(prepareForStorage(get(), answer(500), STORED, rfc9111).action, N)
})

test('freshening leaves the stored head as it was', () => {
  const before = JSON.stringify(STORED)
  assert.equal(values(freshen(STORED, lines('X: new')).fields, 'x'), ['new'])
  assert.is(JSON.stringify(STORED), before)
})

test.run()
