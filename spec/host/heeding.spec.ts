/** What an unsafe request has changed is not answered from the store any more, unless the policy says so. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'

for (const [invalidation, fate] of [
  [true, 'ends what is stored under its URL, and under those that its answer names'],
  [false, 'leaves what is stored as it is'],
] as const)
  test(`RFC 9111 4.4: where invalidation is ${invalidation}, a successful unsafe request ${fate}`, async () => {
    await using origin = await startOrigin()
    await using cache = openCache({ policy: { invalidation } })
    const named = { Location: '/named', 'Content-Location': '/described' }
    const paths = ['/', '/named', '/described', '/other']
    for (const path of paths)
      origin.on(path, ({ method }) =>
        method === 'DELETE' ? { headers: named } : { headers: { 'Cache-Control': 'max-age=60' }, body: 'stored' },
      )
    const areCached = () =>
      Promise.all(paths.map(async (path) => (await cache.send(origin.url(path), { method: 'HEAD' })).wasCached))
    for (const path of paths) await (await cache.send(origin.url(path))).text()
    assert.equal(await areCached(), [true, true, true, true])
    await (await cache.send(origin.url('/'), { method: 'DELETE' })).text()
    assert.equal(await areCached(), invalidation ? [false, false, false, true] : [true, true, true, true])
  })

test.run()
