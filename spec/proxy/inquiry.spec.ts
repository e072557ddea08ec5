/** A head is read once for all that are equal to it in a row, and anew for every other. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/client/open-cache.js'
import type { IncomingHead } from '../../lib/proxy/incoming.js'
import { Inquiries } from '../../lib/proxy/inquiry.js'
import { readSettings } from '../../lib/proxy/options.js'
import { RefusedError } from '../../lib/proxy/refusal.js'

const HEAD: IncomingHead = {
  method: 'GET',
  url: '/a',
  rawHeaders: ['Host', 'proxy', 'X-A', 'b'],
  httpVersion: '1.1',
  httpVersionMajor: 1,
}

function inquiries(): Inquiries {
  return new Inquiries(openCache(), readSettings({ origin: 'http://origin.example', name: 'edge' }))
}

test('a head equal to the one before gives the very same inquiry', () => {
  const heads = inquiries()
  const inquiry = heads.of(HEAD)
  assert.is(heads.of({ ...HEAD, rawHeaders: [...HEAD.rawHeaders] }), inquiry)
})

for (const [what, changed] of Object.entries({
  method: { method: 'HEAD' },
  target: { url: '/b' },
  version: { httpVersion: '1.0' },
  'value of a field': { rawHeaders: ['Host', 'proxy', 'X-A', 'c'] },
  'name of a field': { rawHeaders: ['Host', 'proxy', 'X-B', 'b'] },
  'count of lines (one more)': { rawHeaders: [...HEAD.rawHeaders, 'X-A', 'b'] },
  'count of lines (one less)': { rawHeaders: ['Host', 'proxy'] },
})) {
  test(`another ${what} makes another inquiry, and the first head is read as before`, () => {
    const heads = inquiries()
    const inquiry = heads.of(HEAD)
    const other = { ...HEAD, ...changed }
    assert.equal(heads.of(other), inquiries().of(other))
    assert.not.equal(heads.of(other), inquiry)
    assert.equal(heads.of(HEAD), inquiry)
  })
}

test('a head that is refused is refused again', () => {
  const heads = inquiries()
  const refused = { ...HEAD, rawHeaders: [] }
  for (let times = 0; times < 2; times++)
    assert.throws(
      () => heads.of(refused),
      (failure: unknown) => failure instanceof RefusedError,
    )
  assert.is(heads.of(HEAD).line.target, '/a')
})

test.run()
