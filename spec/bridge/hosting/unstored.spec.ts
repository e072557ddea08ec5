/** What a guest has committed too late looks to that guest as if it had been stored. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unstored } from '../../../lib/bridge/hosting/unstored.js'

const OK = { status: 200, statusText: 'OK', fields: [] }
const OPTIONS = {
  maxAgeMs: 1000,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  varyNames: [],
  surrogateKeys: [],
  sensitive: false,
  forbidsStale: false,
}

test('an answer that is not stored is past from the end of its freshness lifetime on, as a stored one is', () => {
  const past = [0, 999, 1000, 1001].map((initialAgeMs) => {
    const options = { ...OPTIONS, initialAgeMs }
    return unstored({ head: OK, options, adapted: { head: OK, body: 'whole' }, length: undefined }).object?.isPast
  })
  assert.equal(past, [false, false, true, true])
})

test.run()
