/** Field names are in lower case. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldName } from '../../lib/http/field-names.js'

test('a field name is in lower case, however it came (RFC 9110 5.1)', () => {
  for (const raw of ['ETag', 'etag', 'ETAG', 'etag']) assert.is(fieldName(raw), 'etag')
  assert.is(fieldName(''), '')
  assert.is(fieldName(`X-${'Long'.repeat(50)}`), `x-${'long'.repeat(50)}`)
})

test('field names beyond those that are remembered are in lower case too', () => {
  for (let at = 0; at < 3000; at++) assert.is(fieldName(`X-Name-${at}`), `x-name-${at}`)
})

test.run()
