/** Which parts may be combined, and what comes of it (RFC 9110 15.3.7.3, RFC 9111 3.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { first } from '../../lib/http/message.js'
import { combineParts, singlePart, strongValidator } from '../../lib/http/partial.js'
import { freshen } from '../../lib/http/storage.js'
import { answer, NOW } from './heads.js'

const part = (range: string, tag = '"a"', ...more: readonly string[]) =>
  answer(206, `Content-Range: bytes ${range}`, `ETag: ${tag}`, ...more)

/** The combined head in short, and from whose bytes the body is put together. */
function combined(stored: string, newer: string) {
  const combination = combineParts(part(stored), part(newer, '"a"', 'X: new'), freshen)
  if (combination.kind === 'separate') return combination.why
  const { head, splice } = combination
  assert.is(first(head.fields, 'x'), 'new')
  assert.is(first(head.fields, 'content-length'), String(splice.before + splice.bytes + splice.after))
  return `${head.status} ${first(head.fields, 'content-range') ?? 'all'}: ${Object.values(splice).join(' + ')}`
}

const rows: readonly (readonly [stored: string, newer: string, outcome: string])[] = [
  ['0-4/10', '5-9/10', '200 all: 5 + 5 + 0'],
  ['5-9/10', '0-4/10', '200 all: 0 + 5 + 5'],
  ['0-4/10', '5-7/10', '206 bytes 0-7/10: 5 + 3 + 0'],
  ['0-6/10', '4-9/10', '200 all: 4 + 6 + 0'],
  ['0-8/10', '4-5/10', '206 bytes 0-8/10: 4 + 2 + 3'],
  ['4-5/10', '0-9/10', '200 all: 0 + 10 + 0'],
  ['0-4/*', '5-7/*', '206 bytes 0-7/*: 5 + 3 + 0'],
  ['4-5/10', '4-9/10', '206 bytes 4-9/10: 0 + 6 + 0'],
  ['0-4/*', '5-9/10', '200 all: 5 + 5 + 0'],
  ['0-4/10', '5-9/*', '200 all: 5 + 5 + 0'],
  ['0-3/10', '5-9/10', 'gap'],
  ['0-4/10', '5-9/11', 'other-representation'],
  ['0-4/10', '5-9', 'no-range'],
  ['4-3/10', '5-9/10', 'no-range'],
]

for (const [stored, newer, outcome] of rows) {
  test(`RFC 9110 15.3.7.3: ${stored} stored and ${newer} newer: ${outcome}`, () =>
    assert.is(combined(stored, newer), outcome))
}

test('RFC 9110 15.3.7.3: a newer part renews bytes of a stored 200, which stays whole', () => {
  const whole = (...more: readonly string[]) => answer(200, 'ETag: "a"', ...more)
  const combination = combineParts(whole('Content-Length: 10'), part('4-5/10', '"a"', 'X: new'), freshen)
  assert.is(combination.kind, 'combined')
  if (combination.kind !== 'combined') return
  assert.equal([combination.head.status, combination.splice], [200, { before: 4, bytes: 2, after: 4 }])
  assert.equal(combineParts(whole('Content-Length: 11'), part('4-5/10'), freshen), {
    kind: 'separate',
    why: 'other-representation',
  })
  assert.equal(combineParts(whole(), part('4-5/10'), freshen), { kind: 'separate', why: 'no-range' })
})

test('RFC 9111 3.4: parts combine only under the same strong validator', () => {
  const why = (stored: string, newer: string) => {
    const combination = combineParts(part('0-4/10', stored), part('5-9/10', newer), freshen)
    return combination.kind === 'separate' ? combination.why : 'combined'
  }
  assert.is(why('"a"', '"a"'), 'combined')
  assert.is(why('"a"', '"b"'), 'other-representation')
  assert.is(why('W/"a"', 'W/"a"'), 'no-strong-validator')
  assert.is(why('"a"', 'W/"a"'), 'other-representation')
  const untagged = answer(206, 'Content-Range: bytes 5-9/10')
  assert.equal(combineParts(part('0-4/10'), untagged, freshen), { kind: 'separate', why: 'other-representation' })
})

test('RFC 9110 8.8.2.2: without entity tags, parts combine by a strong Last-Modified', () => {
  const dated = (range: string, modified: number, date: number) =>
    answer(
      206,
      `Content-Range: bytes ${range}`,
      `Last-Modified: ${new Date(modified).toUTCString()}`,
      `Date: ${new Date(date).toUTCString()}`,
    )
  const kind = (modified: number, date: number, newer: number) =>
    combineParts(dated('0-4/10', modified, date), dated('5-9/10', newer, date + 5000), freshen).kind
  assert.is(kind(NOW, NOW + 1000, NOW), 'combined')
  assert.is(kind(NOW, NOW, NOW), 'separate', 'it may have changed twice in that second')
  assert.is(kind(NOW, NOW + 1000, NOW + 2000), 'separate')
  assert.is(strongValidator(answer(206, 'ETag: W/"a"', `Last-Modified: ${new Date(NOW).toUTCString()}`)), undefined)
})

test('a newer answer that is no part is not combined with a stored part', () => {
  assert.equal(combineParts(part('0-4/10'), answer(200, 'ETag: "a"'), freshen), { kind: 'separate', why: 'no-range' })
})

test('a part that holds all bytes becomes a 200', () => {
  const { head, splice } = singlePart(part('0-9/10'), { start: 0, end: 10, size: 10 })
  assert.equal([head.status, first(head.fields, 'content-range')], [200, undefined])
  assert.equal(splice, { before: 0, bytes: 10, after: 0 })
})

test.run()
