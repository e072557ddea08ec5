import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { first } from '../../lib/http/message.js'
import { combineParts, parseContentRange } from '../../lib/http/partial.js'
import { answer } from './heads.js'

test('RFC 9110 14.4: a Content-Range names bytes and maybe the size', () => {
  assert.equal(parseContentRange('bytes 0-4/10'), { start: 0, end: 5, size: 10 })
  assert.equal(parseContentRange('bytes 5-5/*'), { start: 5, end: 6, size: undefined })
  for (const text of ['bytes */10', 'bytes 5-4/10', 'bytes 0-10/10', 'rows 0-4/10', 'bytes 0-4', '']) {
    assert.is(parseContentRange(text), undefined, text)
  }
})

const part = (range: string, tag = '"a"', ...more: readonly string[]) =>
  answer(206, `Content-Range: bytes ${range}`, `ETag: ${tag}`, ...more)

function combined(stored: string, newer: string) {
  const combination = combineParts(part(stored), 0, part(newer, '"a"', 'X: new'))
  if (combination.kind === 'separate') return combination.why
  const bytes = combination.segments.map(({ from, start, end }) => `${from} ${start}..${end}`).join(', ')
  return `${combination.head.status} ${first(combination.head.fields, 'content-range') ?? 'all'}: ${bytes}`
}

const rows: readonly (readonly [stored: string, newer: string, outcome: string])[] = [
  ['0-4/10', '5-9/10', '200 all: stored 0..5, newer 5..10'],
  ['5-9/10', '0-4/10', '200 all: newer 0..5, stored 5..10'],
  ['0-4/10', '5-7/10', '206 bytes 0-7/10: stored 0..5, newer 5..8'],
  ['0-6/10', '4-9/10', '200 all: stored 0..4, newer 4..10'],
  ['0-9/10', '4-5/10', '200 all: stored 0..4, newer 4..6, stored 6..10'],
  ['4-5/10', '0-9/10', '200 all: newer 0..10'],
  ['0-4/*', '5-7/*', '206 bytes 0-7/*: stored 0..5, newer 5..8'],
  ['4-5/10', '4-9/10', '206 bytes 4-9/10: newer 4..10'],
  ['0-4/*', '5-9/10', '200 all: stored 0..5, newer 5..10'],
  ['0-4/10', '5-9/*', '200 all: stored 0..5, newer 5..10'],
  ['0-3/10', '5-9/10', 'gap'],
  ['0-4/10', '5-9/11', 'other-representation'],
]

for (const [stored, newer, outcome] of rows) {
  test(`RFC 9110 15.3.7.3: ${stored} stored and ${newer} newer: ${outcome}`, () =>
    assert.is(combined(stored, newer), outcome))
}

test('RFC 9111 3.4: parts combine only under the same strong validator', () => {
  const why = (stored: string, newer: string) => {
    const combination = combineParts(part('0-4/10', stored), 0, part('5-9/10', newer))
    return combination.kind === 'separate' ? combination.why : 'combined'
  }
  assert.is(why('"a"', '"a"'), 'combined')
  assert.is(why('"a"', '"b"'), 'other-representation')
  assert.is(why('W/"a"', 'W/"a"'), 'no-strong-validator')
  assert.is(why('"a"', 'W/"a"'), 'other-representation')
  const untagged = answer(206, 'Content-Range: bytes 5-9/10')
  assert.equal(combineParts(part('0-4/10'), 0, untagged), { kind: 'separate', why: 'no-strong-validator' })
})

test('RFC 9111 3.3: an incomplete 200 is completed by the rest', () => {
  const combination = combineParts(answer(200, 'Content-Length: 10', 'ETag: "a"'), 4, part('4-9/10', '"a"', 'X: new'))
  assert.is(combination.kind, 'combined')
  if (combination.kind !== 'combined') return
  assert.is(combination.head.status, 200)
  assert.is(first(combination.head.fields, 'content-length'), '10')
  assert.is(first(combination.head.fields, 'x'), 'new')
  assert.is(first(combination.head.fields, 'content-range'), undefined)
})

test('an incomplete 200 of another length is another representation', () => {
  const combination = combineParts(answer(200, 'Content-Length: 11', 'ETag: "a"'), 4, part('4-9/10'))
  assert.equal(combination, { kind: 'separate', why: 'other-representation' })
})

test('a newer answer that is no part combines with nothing', () => {
  assert.equal(combineParts(part('0-4/10'), 0, answer(200, 'ETag: "a"')), { kind: 'separate', why: 'no-range' })
})

test.run()
