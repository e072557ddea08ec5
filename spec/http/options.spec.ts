/** Which lifetimes, stale windows and keys the head of an answer suggests (RFC 9111 4.2, RFC 5861). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheKey, cacheKeyHex } from '../../lib/http/key.js'
import { suggestedOptions } from '../../lib/http/options.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { answer, NOW } from './heads.js'

const KEY = cacheKey('http://origin.example/a')

function suggest(policy: Policy, ...fields: readonly string[]) {
  return suggestedOptions(answer(200, ...fields), { policy, key: KEY, delayMs: 1500, responseWallMs: NOW })
}

test('semantics 6.4: a head suggests lifetime, age, variants and the key of its URL', () => {
  assert.equal(suggest(fastly, 'Cache-Control: max-age=60', 'Age: 30', 'Vary: B, A'), {
    maxAgeMs: 60_000,
    initialAgeMs: 30_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    varyNames: ['b', 'a'],
    surrogateKeys: [cacheKeyHex(KEY)],
    sensitive: false,
    forbidsStale: false,
  })
})

test('RFC 9111 4.1: `*` stands for all names of a Vary; under fastly it is one more name, and the others still count', () => {
  assert.equal(suggest(rfc9111, 'Vary: Accept, *').varyNames, ['*'])
  assert.equal(suggest(fastly, 'Vary: Accept', 'Vary: *').varyNames, ['accept', '*'])
})

test('the initial age counts the response delay; under fastly it does not', () => {
  assert.is(suggest(rfc9111, 'Age: 30').initialAgeMs, 31_000)
  assert.is(suggest(fastly, 'Age: 30').initialAgeMs, 30_000)
})

const windows: readonly (readonly [cacheControl: string, rfc: readonly [number, number, boolean]])[] = [
  ['max-age=1', [0, 0, false]],
  ['max-age=1, stale-while-revalidate=2, stale-if-error=3', [2, 3, false]],
  ['max-age=1, stale-while-revalidate=2, must-revalidate', [0, 0, true]],
  ['max-age=1, stale-if-error=2, proxy-revalidate', [0, 0, true]],
  ['no-cache, stale-while-revalidate=2, stale-if-error=3', [0, 0, true]],
  ['s-maxage=1', [0, 0, true]],
  ['s-maxage=1, stale-while-revalidate=2', [2, 0, true]],
]

for (const [cacheControl, [swr, sie, forbids]] of windows) {
  test(`RFC 9111 4.2.4, RFC 5861: "${cacheControl}" has windows of ${swr} s and ${sie} s`, () => {
    const options = suggest(rfc9111, `Cache-Control: ${cacheControl}`)
    assert.is(options.staleWhileRevalidateMs, swr * 1000)
    assert.is(options.staleIfErrorMs, sie * 1000)
    assert.is(options.forbidsStale, forbids)
  })
}

test('under fastly no directive closes the stale windows', () => {
  const options = suggest(
    fastly,
    'Cache-Control: no-cache, must-revalidate, stale-while-revalidate=2, stale-if-error=3',
  )
  assert.is(options.staleWhileRevalidateMs, 2000)
  assert.is(options.staleIfErrorMs, 3000)
  assert.is(options.forbidsStale, false)
})

test('directives that do not parse open no stale window', () => {
  assert.is(suggest(rfc9111, 'Cache-Control: stale-if-error=3, a b').staleIfErrorMs, 0)
})

test.run()
