/** Which bytes a `Range` asks for, and what is answered (RFC 9110 14.1, 14.2). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { answerRange, rangeLength } from '../../lib/http/ranges.js'

/** The answer in short: `ignored`, the Content-Range of a 416, or Content-Range and the bytes served of a 206. */
function answered(range: string, length: number | undefined, policy: Policy): string {
  const answer = answerRange(range, length, policy)
  if (answer.kind === 'ignored') return 'ignored'
  if (answer.kind === 'unsatisfiable') return `416 ${answer.contentRange}`
  const served = answer.bytes === 'whole' ? 'whole' : `${answer.bytes.start}..${answer.bytes.end ?? ''}`
  return `206 ${answer.contentRange} (${served})`
}

/** Semantics 8.3b, for a body of 10 bytes. */
const rows: readonly (readonly [range: string, rfc: string, fastly: string])[] = [
  ['bytes=2-4', '206 bytes 2-4/10 (2..5)', '206 bytes 2-4/10 (2..5)'],
  ['bytes=0-0', '206 bytes 0-0/10 (0..1)', 'ignored'],
  ['bytes=2-99', '206 bytes 2-9/10 (2..10)', '206 bytes 2-99/10 (2..10)'],
  ['bytes=10-12', '416 bytes */10', '206 bytes 10-12/10 (whole)'],
  ['bytes=10-', '416 bytes */10', '206 bytes 10-9/10 (whole)'],
  ['bytes=3-', '206 bytes 3-9/10 (3..10)', '206 bytes 3-9/10 (3..10)'],
  ['bytes=-3', '206 bytes 7-9/10 (7..10)', '206 bytes 7-9/10 (7..10)'],
  ['bytes=-99', '206 bytes 0-9/10 (0..10)', '206 bytes 0-9/10 (0..10)'],
  ['bytes=-0', '416 bytes */10', '206 bytes 10-9/10 (whole)'],
  ['bytes=4-2', 'ignored', 'ignored'],
  ['bytes=', 'ignored', 'ignored'],
  ['bytes=-', 'ignored', 'ignored'],
  ['bytes=a-b', 'ignored', 'ignored'],
  ['bytes=1-2x', 'ignored', 'ignored'],
  ['rows=1-2', 'ignored', 'ignored'],
  ['BYTES=1-2', '206 bytes 1-2/10 (1..3)', '206 bytes 1-2/10 (1..3)'],
  ['bytes=1-2, 4-5', 'ignored', '206 bytes 1-2/10 (1..3)'],
]

for (const [range, rfc, underFastly] of rows) {
  test(`RFC 9110 14.2: "${range}" of 10 bytes: ${rfc}; under fastly ${underFastly}`, () => {
    assert.is(answered(range, 10, rfc9111), rfc)
    assert.is(answered(range, 10, fastly), underFastly)
  })
}

test('of a body of unknown length, only a range with both ends can be served', () => {
  for (const policy of [rfc9111, fastly]) {
    assert.is(answered('bytes=2-4', undefined, policy), '206 bytes 2-4/* (2..5)')
    assert.is(answered('bytes=2-', undefined, policy), 'ignored')
    assert.is(answered('bytes=-2', undefined, policy), 'ignored')
  }
})

test('one byte of a body of unknown length is a range like any other; under fastly it is ignored', () => {
  assert.is(answered('bytes=3-3', undefined, rfc9111), '206 bytes 3-3/* (3..4)')
  assert.is(answered('bytes=3-3', undefined, fastly), 'ignored')
})

test('an empty body satisfies no range', () => {
  assert.is(answered('bytes=0-', 0, rfc9111), '416 bytes */0')
  assert.is(answered('bytes=-1', 0, rfc9111), '416 bytes */0')
  // A `Content-Range` cannot name the last byte of nothing, and fastly never answers 416.
  assert.is(answered('bytes=0-', 0, fastly), 'ignored')
  assert.is(answered('bytes=-1', 0, fastly), 'ignored')
})

test('the length of a range ends with the body', () => {
  assert.is(rangeLength({ start: 2, end: 5 }, 10), 3)
  assert.is(rangeLength({ start: 2, end: undefined }, 10), 8)
  assert.is(rangeLength({ start: 2, end: 50 }, 10), 8)
  assert.is(rangeLength({ start: 2, end: 5 }, undefined), 3)
  assert.is(rangeLength({ start: 2, end: undefined }, undefined), undefined)
})

test.run()
