/** Which answer an origin that negotiates would choose, where a request leaves no doubt (RFC 9110 12.5.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import { chosenVariant, preferredVariant } from '../../lib/http/selection.js'
import { answer, get } from './heads.js'

const BY_SELECTION = resolvePolicy({ varyNormalization: 'by-selection' })
const RULE = ['accept-language', 'x']

/** Whether an answer in `content`, chosen for one request, is what another request with `asks` prefers. */
function chooses(content: string, asks: readonly string[], rule: readonly string[] = RULE): boolean {
  const stored = chosenVariant(
    rule,
    get('Accept-Language: en, de'),
    answer(200, `Content-Language: ${content}`),
    BY_SELECTION,
  )
  const preferred = preferredVariant(rule, get(...asks), BY_SELECTION)
  return stored !== undefined && stored === preferred
}

const rows: readonly (readonly [content: string, asks: string, chosen: boolean])[] = [
  ['de', 'de', true],
  ['de', 'fr;q=0.5, de;q=1.0', true],
  ['de', 'fr;q=0.5, DE', true],
  ['de-AT', 'de-at, de;q=0.9', true],
  ['de', 'fr, de', false],
  ['de', 'de;q=0', false],
  ['de', 'de-AT', false],
  ['de', '*', false],
  ['de', 'de;q=0.4, fr;q=0.5', false],
  ['de', 'de;level=1', false],
  ['de, en', 'de', false],
  ['', 'de', false],
]

for (const [content, asks, chosen] of rows) {
  test(`an answer in "${content}" is ${chosen ? 'chosen' : 'not surely chosen'} for Accept-Language "${asks}"`, () =>
    assert.is(chooses(content, [`Accept-Language: ${asks}`]), chosen))
}

test('any other field that an answer varies by has to be the same', () => {
  assert.not(chooses('de', ['Accept-Language: de', 'X: 1']))
  assert.ok(chooses('de', ['Accept-Language: de', 'X: 1'], ['accept-language']))
})

test('a request without Accept-Language prefers nothing, and a rule without it chooses nothing', () => {
  assert.not(chooses('de', []))
  assert.not(chooses('de', ['Accept-Language: de'], ['x']))
})

test('RFC 9111 4.1: by default no answer is chosen by preference', () => {
  const german = answer(200, 'Content-Language: de')
  assert.is(chosenVariant(RULE, get('Accept-Language: de'), german, rfc9111), undefined)
  assert.is(preferredVariant(RULE, get('Accept-Language: de'), rfc9111), undefined)
})

test.run()
