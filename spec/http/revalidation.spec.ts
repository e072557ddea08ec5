import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { suggestedRequest } from '../../lib/http/revalidation.js'
import { answer, get, head, lines } from './heads.js'

const OWN = [
  'Range: bytes=0-1',
  'If-None-Match: "c"',
  'If-Modified-Since: x',
  'If-Match: "c"',
  'If-Unmodified-Since: x',
  'If-Range: "c"',
]

test("semantics 5.2: the origin is asked for the whole, without the client's range and conditions", () => {
  const request = get('Accept: a', ...OWN, 'Cookie: c=1', 'Cache-Control: no-cache')
  assert.equal(
    suggestedRequest(request, undefined).fields,
    lines('Accept: a', 'Cookie: c=1', 'Cache-Control: no-cache'),
  )
})

test('HEAD becomes GET, another method stays', () => {
  assert.is(suggestedRequest(head(), undefined).method, 'GET')
  assert.is(suggestedRequest({ ...get(), method: 'OPTIONS' }, undefined).method, 'OPTIONS')
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
  test(`RFC 9111 4.3.1: what is stored with ${JSON.stringify(stored)} is validated with ${JSON.stringify(sent)}`, () => {
    assert.equal(suggestedRequest(get(...OWN), answer(200, ...stored)).fields, lines(...sent))
  })
}

test('the request of the lookup is left as it is', () => {
  const request = head(...OWN)
  const before = JSON.stringify(request)
  suggestedRequest(request, answer(200, 'ETag: "a"'))
  assert.is(JSON.stringify(request), before)
})

test.run()
