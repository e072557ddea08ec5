/** A cache override is checked, copied and frozen (semantics 6.5). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/base/errors.js'
import { checkedOverride, checkedSeconds, overrideFields } from '../../lib/pending/override.js'
import { thrownBy } from '../kit/failures.js'

test('undefined and `none` override nothing, and `pass` stays `pass`', () => {
  assert.is(checkedOverride(undefined), 'none')
  assert.is(checkedOverride('none'), 'none')
  assert.is(checkedOverride('pass'), 'pass')
  assert.equal(overrideFields('none'), {})
  assert.equal(overrideFields('pass'), {})
})

test('override fields are copied and frozen, undefined ones are left out, and 0 stays 0', () => {
  const given = { ttl: 0, staleIfError: undefined, surrogateKey: 'a b', sensitive: false }
  const checked = checkedOverride(given)
  assert.equal(checked, { ttl: 0, surrogateKey: 'a b', sensitive: false })
  assert.ok(Object.isFrozen(checked))
  given.ttl = 9
  assert.is(overrideFields(checked).ttl, 0)
})

test('override times must be numbers of at least 0, and saturate at 2^32-1', () => {
  for (const field of ['ttl', 'staleWhileRevalidate', 'staleIfError', 'lookupTimeoutMs']) {
    for (const value of [-1, Number.NaN, '60', null, true, {}]) {
      assert.instance(
        thrownBy(() => checkedOverride({ [field]: value })),
        InvalidArgumentError,
        `${field}: ${String(value)}`,
      )
    }
    for (const [given, kept] of [
      [0.5, 0.5],
      [2 ** 32, 2 ** 32 - 1],
      [Number.POSITIVE_INFINITY, 2 ** 32 - 1],
    ] as const) {
      assert.equal(checkedOverride({ [field]: given }), { [field]: kept })
    }
  }
})

test('an override that is neither a known word nor an object of known fields is refused', () => {
  for (const override of ['Pass', '', 5, null, true, { tll: 5 }, { sensitive: 1 }, { surrogateKey: 5 }]) {
    assert.instance(
      thrownBy(() => checkedOverride(override)),
      InvalidArgumentError,
      JSON.stringify(override),
    )
  }
})

test('the error for an invalid time names the field and the value', () => {
  assert.match(String(thrownBy(() => checkedSeconds('ttl', -3))), /ttl.*-3/)
})

test.run()
