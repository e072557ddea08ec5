/** When a client has the stored response already (RFC 9110 8.8.3, 13.1). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isNotModified, rangeCondition, sameTag } from '../../lib/http/conditional.js'
import { formatHttpDate } from '../../lib/http/dates.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { get, lines, NOW } from './heads.js'

const at = (seconds: number) => formatHttpDate(NOW + seconds * 1000)

test('RFC 9110 8.8.3.2: entity tags compare strongly and weakly as in the table', () => {
  const rows: readonly (readonly [string, string, boolean, boolean])[] = [
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ]
  for (const [a, b, strong, weak] of rows) {
    assert.is(sameTag(a, b, 'strong'), strong)
    assert.is(sameTag(a, b, 'weak'), weak)
  }
})

const noneMatch: readonly (readonly [
  fields: readonly string[],
  tag: string | undefined,
  rfc: boolean,
  fastly: boolean,
])[] = [
  [['If-None-Match: "a"'], '"a"', true, true],
  [['If-None-Match: "b"'], '"a"', false, false],
  [['If-None-Match: *'], '"a"', true, true],
  [['If-None-Match: *'], undefined, true, true],
  [['If-None-Match: "a"'], undefined, false, false],
  [['If-None-Match: "b", "a"'], '"a"', true, false],
  [['If-None-Match: "b","a"'], '"a"', true, true],
  [['If-None-Match: "b"', 'If-None-Match: "a"'], '"a"', true, true],
  [['If-None-Match: W/"a"'], '"a"', true, false],
  [['If-None-Match: "a"'], 'W/"a"', true, false],
  [['If-None-Match: "x,y"'], '"x,y"', true, false],
  [['If-None-Match:'], '"a"', false, false],
]

for (const [fields, tag, rfc, underFastly] of noneMatch) {
  test(`RFC 9110 13.1.2: ${JSON.stringify(fields)} matches a stored ${tag}: ${rfc}, under fastly ${underFastly}`, () => {
    const stored = lines(...(tag === undefined ? [] : [`ETag: ${tag}`]))
    assert.is(isNotModified(get(...fields), stored, rfc9111), rfc)
    assert.is(isNotModified(get(...fields), stored, fastly), underFastly)
  })
}

test('RFC 9110 13.1.3: If-Modified-Since matches a Last-Modified that is not later', () => {
  const stored = lines(`Last-Modified: ${at(0)}`, `Date: ${at(60)}`)
  const since = (text: string) => isNotModified(get(`If-Modified-Since: ${text}`), stored, rfc9111)
  assert.ok(since(at(0)))
  assert.ok(since(at(5)))
  assert.not(since(at(-1)))
  assert.not(since('yesterday'))
})

test('T82: If-Modified-Since is ignored where there is If-None-Match', () => {
  const stored = lines('ETag: "a"', `Last-Modified: ${at(0)}`)
  assert.not(isNotModified(get('If-None-Match: "b"', `If-Modified-Since: ${at(0)}`), stored, rfc9111))
})

test('RFC 9111 4.3.2: If-Modified-Since compares with Date without Last-Modified, and with the receipt without Date', () => {
  const request = get(`If-Modified-Since: ${at(0)}`)
  assert.ok(isNotModified(request, lines(`Date: ${at(0)}`), rfc9111))
  assert.not(isNotModified(request, lines(`Date: ${at(1)}`), rfc9111))
  assert.ok(isNotModified(request, [], rfc9111, NOW))
  assert.not(isNotModified(request, [], rfc9111, NOW + 1))
  assert.not(isNotModified(request, [], rfc9111))
})

test('two If-Modified-Since lines are ignored', () => {
  const request = get(`If-Modified-Since: ${at(0)}`, `If-Modified-Since: ${at(0)}`)
  assert.not(isNotModified(request, lines(`Last-Modified: ${at(0)}`), rfc9111))
})

test('RFC 9110 13.1.5: If-Range needs the stored validator, and a strong one', () => {
  const condition = (text: string, ...stored: readonly string[]) =>
    rangeCondition(get(`If-Range: ${text}`), lines(...stored))
  assert.is(rangeCondition(get(), []), 'absent')
  assert.is(condition('"a"', 'ETag: "a"'), 'true')
  assert.is(condition('"b"', 'ETag: "a"'), 'false')
  assert.is(condition('W/"a"', 'ETag: W/"a"'), 'false')
  assert.is(condition('"a"'), 'false')
  assert.is(condition(at(0), `Last-Modified: ${at(0)}`, `Date: ${at(1)}`), 'true')
  assert.is(condition(at(0), `Last-Modified: ${at(0)}`, `Date: ${at(0)}`), 'false')
  assert.is(condition(at(5), `Last-Modified: ${at(0)}`, `Date: ${at(60)}`), 'false')
  assert.is(condition(at(0), `Last-Modified: ${at(0)}`), 'false')
})

test.run()
