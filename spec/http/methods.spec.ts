/** What a method means to a cache (RFC 9110 9.2, RFC 9111 4.3.5, 4.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answersGet, invalidatedUrls, isRequestCacheable, isSafe, matchesStored } from '../../lib/http/methods.js'
import { rfc9111 } from '../../lib/http/policy.js'
import { answer, get, head } from './heads.js'

const post = { ...get(), method: 'POST' }

test('GET and HEAD go through the cache, whatever their fields, and other methods do not', () => {
  assert.ok(isRequestCacheable(get('Cache-Control: no-store', 'Range: bytes=0-1', 'Authorization: x')))
  assert.ok(isRequestCacheable(head()))
  for (const method of ['POST', 'OPTIONS', 'PURGE', 'get']) assert.not(isRequestCacheable({ ...get(), method }))
})

test('RFC 9110 9.2.1: an unknown method is not safe', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) assert.ok(isSafe(method))
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'FROB']) assert.not(isSafe(method))
})

test('RFC 9111 4.4: a successful unsafe request invalidates its own URL', () => {
  for (const status of [200, 204, 303]) assert.equal(invalidatedUrls(post, answer(status)), [post.url])
  for (const status of [103, 400, 500]) assert.equal(invalidatedUrls(post, answer(status)), [])
  assert.equal(invalidatedUrls(get(), answer(200)), [])
  for (const method of ['PUT', 'DELETE', 'PATCH', 'FROB'])
    assert.equal(invalidatedUrls({ ...post, method }, answer(204)), [post.url], method)
  for (const method of ['HEAD', 'OPTIONS', 'TRACE']) assert.equal(invalidatedUrls({ ...post, method }, answer(200)), [])
})

test('RFC 9111 4.4: a successful unsafe request invalidates Location and Content-Location on its own origin', () => {
  const response = answer(201, 'Location: /new#part', 'Content-Location: https://origin.example/a')
  assert.equal(invalidatedUrls(post, response), [post.url, 'http://origin.example/new'])
  assert.equal(invalidatedUrls(post, answer(200, 'Location: ?b', 'Content-Location: other')), [
    post.url,
    'http://origin.example/other',
  ])
  assert.equal(invalidatedUrls(post, answer(200, 'Location: http://[')), [post.url])
})

const HERE = 'Content-Location: /a?b'
const answers: readonly (readonly [what: string, status: number, fields: readonly string[], does: boolean])[] = [
  ['has Content-Location and explicit freshness', 200, [HERE, 'Cache-Control: max-age=60'], true],
  ['has its whole URL for Content-Location', 200, ['Content-Location: http://origin.example/a?b', 'Expires: 0'], true],
  ['has no Content-Location', 200, ['Cache-Control: max-age=60'], false],
  ['has another URL for Content-Location', 200, ['Content-Location: /a', 'Cache-Control: max-age=60'], false],
  ['has no explicit freshness', 200, [HERE, 'Cache-Control: public'], false],
  ['is a 201', 201, [HERE, 'Cache-Control: max-age=60'], false],
]

for (const [what, status, fields, does] of answers) {
  test(`RFC 9110 9.3.3: an answer to POST that ${what} ${does ? 'may' : 'does not'} answer GET`, () => {
    assert.is(answersGet(post, answer(status, ...fields), rfc9111), does)
    assert.not(answersGet({ ...post, method: 'PUT' }, answer(status, ...fields), rfc9111))
  })
}

const described: readonly (readonly [answer: readonly string[], length: number | undefined, describes: boolean])[] = [
  [[], 10, true],
  [['ETag: "a"', 'Last-Modified: then', 'Content-Length: 10'], 10, true],
  [['ETag: "b"', 'Last-Modified: then'], 10, false],
  [['ETag: W/"a"'], 10, false],
  [['Last-Modified: later'], 10, false],
  [['Content-Length: 11'], 10, false],
  [['Content-Length: x'], 10, false],
  [['Content-Length: 11'], undefined, true],
]

for (const [fields, length, describes] of described) {
  test(`RFC 9111 4.3.5: a HEAD with ${JSON.stringify(fields)} ${describes ? 'matches' : 'does not match'} the stored object`, () => {
    const stored = answer(200, 'ETag: "a"', 'Last-Modified: then')
    assert.is(matchesStored(answer(200, ...fields), stored, length), describes)
  })
}

test('RFC 9111 4.3.5: a HEAD with a validator that the stored object does not have does not match it', () => {
  assert.not(matchesStored(answer(200, 'ETag: "a"'), answer(200), 10))
})

test.run()
