/** Which requests have one cache key: the URL decides, and nothing else (RFC 9111 2). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/base/errors.js'
import { cacheKey, cacheKeyHex, overrideKey } from '../../lib/http/key.js'

const isRefused = (error: unknown) => error instanceof InvalidArgumentError

const same: readonly (readonly [string, string])[] = [
  ['HTTP://Origin.Example/a', 'http://origin.example/a'],
  ['http://origin.example:80/', 'http://origin.example'],
  ['https://origin.example:443/a?b', 'https://origin.example/a?b'],
  ['http://origin.example/a#one', 'http://origin.example/a#two'],
  ['http://origin.example?q', 'http://origin.example/?q'],
  ['http://[0:0:0:0:0:0:0:1]/', 'http://[::1]/'],
]

for (const [a, b] of same) {
  test(`RFC 3986 6.2: ${a} and ${b} have one key`, () => assert.is(cacheKey(a), cacheKey(b)))
}

const different: readonly (readonly [string, string])[] = [
  ['http://origin.example/', 'https://origin.example/'],
  ['http://origin.example/', 'http://origin.example:8080/'],
  ['http://origin.example/a', 'http://origin.example/A'],
  ['http://origin.example/%61', 'http://origin.example/a'],
  ['http://origin.example/b/../a', 'http://origin.example/a'],
  ['http://origin.example/a?', 'http://origin.example/a'],
  ['http://origin.example/?a&b', 'http://origin.example/?b&a'],
  ['http://one@origin.example/', 'http://two@origin.example/'],
]

for (const [a, b] of different) {
  test(`${a} and ${b} have different keys`, () => assert.is.not(cacheKey(a), cacheKey(b)))
}

test('a URL without an origin has no key', () => {
  for (const url of ['/a', 'a', 'http:///a', 'data:text/plain,a']) assert.throws(() => cacheKey(url), isRefused, url)
})

test('the surrogate key of a URL is 64 upper-case hexadecimal digits', () => {
  const hex = cacheKeyHex(cacheKey('http://origin.example/'))
  assert.match(hex, /^[0-9A-F]{64}$/)
  assert.is(hex, cacheKeyHex(cacheKey('HTTP://origin.example:80')))
  assert.is.not(hex, cacheKeyHex(cacheKey('http://origin.example/a')))
})

test('T05: an override key of 31 bytes is refused, one of 32 bytes is taken as it is', () => {
  assert.throws(() => overrideKey(new Uint8Array(31)), isRefused)
  assert.throws(() => overrideKey(new Uint8Array(33)), isRefused)
  const key = overrideKey(new Uint8Array(32).fill(0xab))
  assert.is(key, 'AB'.repeat(32))
  assert.is(cacheKeyHex(key), key)
})

test('an override key given as text is the SHA-256 of that text', () => {
  assert.is(overrideKey('abc'), 'BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD')
})

test.run()
