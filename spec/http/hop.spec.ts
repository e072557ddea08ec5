/** Which fields end at each hop, and how a loop shows (RFC 9110 7.6). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { forwardedHead, passedThrough, withoutHopByHop, withoutUnstorable, withVia } from '../../lib/http/hop.js'
import { lines } from './heads.js'

const FIELDS = lines(
  'Connection: close, X-A',
  'connection: x-b',
  'X-A: 1',
  'X-B: 1',
  'Keep-Alive: 1',
  'Proxy-Authenticate: x',
  'X-C: 1',
)

test('RFC 9110 7.6.1: hop-by-hop fields and those Connection lists go no further', () => {
  assert.equal(withoutHopByHop(FIELDS), lines('Proxy-Authenticate: x', 'X-C: 1'))
})

test('each field is compared with a few names, however many names Connection lists', () => {
  const compared = (listed: number): number => {
    const names = Array.from({ length: listed }, (_, each) => `x-${each}`)
    const fields = lines(`Connection: ${names.join(', ')}`, 'X-C: 1', 'X-7: 1')
    const { includes } = Array.prototype
    let namesCompared = 0
    Array.prototype.includes = function (this: unknown[], ...given: Parameters<typeof includes>) {
      namesCompared += this.length
      return includes.apply(this, given)
    }
    try {
      assert.equal(withoutHopByHop(fields), lines('X-C: 1'))
    } finally {
      Array.prototype.includes = includes
    }
    return namesCompared
  }
  assert.is(compared(1000), compared(10))
})

test('RFC 9110 8.6: a forwarded 103 or 204 has no Content-Length', () => {
  const fields = lines('Content-Length: 5', 'X-C: 1')
  const forwarded = (status: number) => forwardedHead({ status, statusText: '', fields }).fields
  for (const status of [103, 204]) assert.equal(forwarded(status), lines('X-C: 1'))
  for (const status of [200, 304]) assert.equal(forwarded(status), fields)
})

test('RFC 9111 3.1: fields for a proxy are not stored either', () => {
  assert.equal(withoutUnstorable(FIELDS), lines('X-C: 1'))
})

test('RFC 9110 7.6.3: each hop adds itself at the end of Via, and finds itself there again', () => {
  const fields = withVia(lines('Via: 1.0 fred, 1.1 p.example (x)'), '1.1', 'edge')
  assert.equal(fields, lines('Via: 1.0 fred, 1.1 p.example (x)', 'Via: 1.1 edge'))
  assert.ok(passedThrough(fields, 'edge'))
  assert.ok(passedThrough(fields, 'p.example'))
  assert.not(passedThrough(fields, 'ed'))
})

test.run()
