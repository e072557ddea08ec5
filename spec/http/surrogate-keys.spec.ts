/** What can be a surrogate key, and what several lists of them come to. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isSurrogateKey, surrogateKeys } from '../../lib/http/surrogate-keys.js'

test('semantics 6.5: a surrogate key is 1 to 1024 visible ASCII characters', () => {
  for (const key of ['a', '!~', 'x'.repeat(1024)]) assert.ok(isSurrogateKey(key))
  for (const key of ['', 'a b', 'é', '\u0000', 'x'.repeat(1025)]) assert.not(isSurrogateKey(key))
})

test('semantics 6.5: keys of several lists become one, each once, invalid ones left out', () => {
  assert.equal(surrogateKeys(['own', 'b  a', '', 'a é c']), ['own', 'b', 'a', 'c'])
  assert.equal(surrogateKeys(['']), [])
})

test('a list of surrogate keys has at most 16 KiB, and the first keys win', () => {
  const keys = Array.from({ length: 20 }, (_, index) => `${index}-`.padEnd(1024, 'x'))
  const kept = surrogateKeys(['own', keys.join(' ')])
  assert.is(kept[0], 'own')
  assert.is(kept.length, 16)
  assert.ok(kept.join(' ').length <= 16 * 1024)
  assert.is(surrogateKeys([...keys.slice(0, 15), 'x'.repeat(1009)]).join(' ').length, 16 * 1024)
})

test.run()
