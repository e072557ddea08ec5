/** One signal goes with as many requests as its owner likes. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'

test('many requests with one signal are no leak, and nobody is warned of one', async () => {
  const warnings: Error[] = []
  const warned = (warning: Error) => warnings.push(warning)
  process.on('warning', warned)
  await using origin = await startOrigin()
  await using cache = openCache()
  origin.on('/shared', { headers: { 'Cache-Control': 'max-age=60' }, body: 'shared' })
  const { signal } = new AbortController()
  const read = async () => (await cache.fetch(origin.url('/shared'), { signal })).text()
  const texts = await Promise.all(Array.from({ length: 50 }, read))
  await new Promise(setImmediate)
  process.off('warning', warned)
  assert.equal(new Set(texts), new Set(['shared']))
  assert.equal(warnings, [])
})

test.run()
