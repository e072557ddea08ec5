/** Fields that an origin sends for its cache alone. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutSurrogateFields } from '../../lib/http/surrogate-fields.js'
import { get, lines } from './heads.js'

test('surrogate fields are removed, unless another cache or a debugging client asks', () => {
  const fields = lines('Surrogate-Key: a', 'Surrogate-Control: max-age=1', 'X: 1')
  assert.equal(withoutSurrogateFields(get(), fields), lines('X: 1'))
  assert.is(withoutSurrogateFields(get('Fastly-FF: x'), fields), fields)
  assert.is(withoutSurrogateFields(get('Fastly-Debug: 1'), fields), fields)
})

test.run()
