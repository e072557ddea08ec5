/** Nothing is lost between field lists and `Headers`, except what `Headers` cannot hold. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHeaders, toHeaders } from '../../lib/http/headers.js'
import { lines } from './heads.js'

test('Set-Cookie lines stay apart on the way through Headers, and other repeated lines are joined', () => {
  const fields = lines('B: 1', 'Set-Cookie: a=1', 'A: 1', 'Set-Cookie: b=2', 'A: 2')
  assert.equal(fromHeaders(toHeaders(fields)), lines('A: 1, 2', 'B: 1', 'Set-Cookie: a=1', 'Set-Cookie: b=2'))
})

test.run()
