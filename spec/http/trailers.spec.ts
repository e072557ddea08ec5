/** What may follow a body (RFC 9110 6.5.1). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allowedTrailers } from '../../lib/http/trailers.js'
import { lines } from './heads.js'

test("digests, timings and fields of the origin's own may be trailers", () => {
  const sums = lines('Content-Digest: sha-256=:AA==:', 'Server-Timing: db;dur=1', 'X-Sum: 42')
  assert.equal(allowedTrailers(sums), sums)
  assert.equal(allowedTrailers([]), [])
})

test('RFC 9110 6.5.1: framing fields, cache fields and content fields may not be trailers', () => {
  for (const field of [
    'Content-Length: 1',
    'Transfer-Encoding: chunked',
    'Cache-Control: public',
    'Vary: x',
    'Content-Type: a/b',
  ])
    assert.equal(allowedTrailers(lines('X-Sum: 42', field)), lines('X-Sum: 42'), field)
})

test('Set-Cookie may not be a trailer, for it would be stored for all', () => {
  assert.equal(allowedTrailers(lines('Set-Cookie: a=1', 'X-Sum: 42', 'Set-Cookie: b=2')), lines('X-Sum: 42'))
})

test('fields for the next hop or for a proxy may not be trailers', () => {
  assert.equal(
    allowedTrailers(lines('Connection: x-hop', 'X-Hop: 1', 'Proxy-Authenticate: Basic', 'X-Sum: 42')),
    lines('X-Sum: 42'),
  )
})

test('RFC 9110 7.6.1: a field that `Connection` in the head lists may not be a trailer', () => {
  const head = lines('Connection: close, X-Hop', 'X-Sum: 0')
  assert.equal(allowedTrailers(lines('X-Hop: 1', 'X-Sum: 42'), head), lines('X-Sum: 42'))
})

test.run()
