/** Which options of a backend are taken, and what they mean. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/base/errors.js'
import { type BackendOptions, readBackend } from '../../lib/host/backends.js'
import { refuses } from '../kit/refused.js'
import { SpecOrigins } from './sending.js'

/** As from a caller without types. */
const untyped = (options: unknown) => options as BackendOptions

test('a backend needs a URL, and everything else has a default', () => {
  const expected = {
    name: 'api',
    base: { origin: 'https://api.example', path: '/v1' },
    connectTimeoutMs: 10_000,
    firstByteTimeoutMs: 60_000,
    betweenBytesTimeoutMs: 60_000,
    retry: { limit: 0, delayMs: 300, maxDelayMs: 10_000 },
    fields: [],
    tls: {},
    maxConnections: undefined,
  }
  for (const url of ['https://api.example/v1/', new URL('https://api.example/v1')]) {
    assert.equal(readBackend('api', url), expected)
    assert.equal(readBackend('api', { url }), expected)
  }
})

test('options of a backend are taken as they are given', () => {
  const backend = readBackend('api', {
    url: 'http://a',
    connectTimeoutMs: 1,
    firstByteTimeoutMs: Number.POSITIVE_INFINITY,
    retry: 2,
    headers: { 'X-Key': ' k ' },
    tls: { rejectUnauthorized: false },
    maxConnections: 4,
  })
  assert.equal([backend.connectTimeoutMs, backend.firstByteTimeoutMs], [1, Number.POSITIVE_INFINITY])
  assert.equal(backend.retry, { limit: 2, delayMs: 300, maxDelayMs: 10_000 })
  assert.equal(backend.fields, [['x-key', 'k']])
  assert.equal(backend.tls, { rejectUnauthorized: false })
  assert.is(backend.maxConnections, 4)
})

const refused: readonly (readonly [what: string, options: unknown, message: RegExp])[] = [
  ['no URL', {}, /url/],
  ['null for options', null, /neither/],
  ['a URL of another scheme', 'ftp://a', /url/],
  ['a URL with a password', 'http://user:secret@a', /url/],
  ['a URL with a name', 'http://user@a', /url/],
  ['a URL with a query', 'http://a/?b', /url/],
  ['a text that is no URL', 'a', /url/],
  ['an unknown option', { url: 'http://a', timeout: 3 }, /unknown option timeout/],
  ['an option every object has', { url: 'http://a', toString: 3 }, /unknown option toString/],
  ['an unknown TLS option', { url: 'http://a', tls: { verify: false } }, /tls: unknown option verify/],
  ['a certificate that is none', { url: 'http://a', tls: { cert: 'x' } }, /tls: ERR_OSSL/],
  ['a CA that is a number', { url: 'http://a', tls: { ca: 5 } }, /tls: ERR_INVALID_ARG_TYPE/],
  ['a version of TLS that does not exist', { url: 'http://a', tls: { minVersion: 'TLSv9' } }, /tls: ERR_TLS/],
  ['a server name that is no text', { url: 'http://a', tls: { servername: 5 } }, /tls.servername/],
  ['an unknown retry option', { url: 'http://a', retry: { times: 3 } }, /retry: unknown option times/],
  ['a retry without a limit', { url: 'http://a', retry: { delayMs: 3 } }, /retry.limit/],
  ['a timeout of nothing', { url: 'http://a', connectTimeoutMs: 0 }, /connectTimeoutMs/],
  ['a timeout that is text', { url: 'http://a', firstByteTimeoutMs: '3' }, /firstByteTimeoutMs/],
  ['a negative retry', { url: 'http://a', retry: -1 }, /retry/],
  ['no connections', { url: 'http://a', maxConnections: 0 }, /maxConnections/],
  ['half a connection', { url: 'http://a', maxConnections: 1.5 }, /maxConnections/],
  ['a header that is two', { url: 'http://a', headers: { x: 'a\r\ny: b' } }, /headers/],
  ['headers that would have to be iterated', { url: 'http://a', headers: new Headers({ x: 'a' }) }, /headers/],
  ['a promise of options', Promise.resolve({ url: 'http://a' }), /neither/],
  ['a header name with a space', { url: 'http://a', headers: { 'x y': 'a' } }, /headers/],
]

for (const [what, options, message] of refused) {
  test(`a backend with ${what} is refused`, () => {
    assert.throws(
      () => readBackend('api', untyped(options)),
      (error: unknown) => error instanceof InvalidArgumentError && message.test(error.message),
    )
  })
}

test('the error for a backend never repeats the password of its URL', () => {
  assert.throws(
    () => readBackend('api', 'http://user:secret@a'),
    (error: Error) => !error.message.includes('secret'),
  )
})

test('with an injected fetch, backend options that only connections understand are refused', () => {
  for (const options of [{ maxConnections: 1 }, { tls: { ca: 'x' } }]) {
    refuses(() => new SpecOrigins({ fetch, backends: { api: { url: 'http://a', ...options } } }))
  }
})

test.run()
