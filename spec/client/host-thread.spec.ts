/** A host thread is told of backends in each way that a host in this thread is. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CacheOptions, openCache, startHost } from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'

const ways: Record<string, (base: string) => NonNullable<CacheOptions['backends']>[string]> = {
  'a text': (base) => base,
  'a URL': (base) => new URL(base),
  'options with a text': (url) => ({ url, headers: { 'X-Said': 'yes' } }),
  'options with a URL': (base) => ({ url: new URL(base), headers: { 'X-Said': 'yes' } }),
}

for (const [how, backend] of Object.entries(ways))
  test(`a host thread takes a backend that is ${how}`, async () => {
    await using origin = await startOrigin()
    origin.on('/', ({ header }) => ({ body: `said ${header('x-said')}` }))
    const backends = { named: backend(origin.base) }
    await using host = await startHost({ backends })
    await using there = host.connect()
    await using here = openCache({ backends })
    const [said, expected] = await Promise.all(
      [there, here].map(async (cache) => (await cache.send('http://elsewhere.example/', { backend: 'named' })).text()),
    )
    assert.is(said, expected)
    assert.is(said, `said ${how.startsWith('options') ? 'yes' : undefined}`)
  })

test.run()
