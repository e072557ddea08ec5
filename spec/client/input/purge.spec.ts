/** A purge by URL hits what a request for the same URL has stored, however the URL is written. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, startHost } from '../../../lib/index.js'
import { startOrigin } from '../../kit/origin.js'

const FRESH = { 'Cache-Control': 'max-age=60' }
const WRITTEN = [
  ...['/a b', '/a/../b', '/x{y}', '/%7efoo', '/caf\u00e9', '/a\\b', '/q?q=a b', "/q?q='", '/z#part', '/k?', '//d'],
]

const host = await startHost()
const caches: Record<string, Cache> = { 'a host in this thread': openCache(), 'a host thread': host.connect() }

for (const [where, cache] of Object.entries(caches)) {
  for (const written of WRITTEN) {
    test(`a purge by ${written} hits what a request for ${written} has stored, over ${where}`, async () => {
      await using origin = await startOrigin()
      const url = origin.base + written
      origin.on(new URL(url).pathname, { headers: FRESH, body: 'stored' })
      await (await cache.send(url)).text()
      assert.is((await cache.send(url)).wasCached, true)
      assert.is(await cache.purge({ url }, { soft: true }), 1)
      assert.is(await cache.purge({ url }), 1)
      assert.is((await cache.send(url)).wasCached, false)
    })
  }

  for (const [how, written] of [
    ['with space around it', (url: string) => ` ${url}\n`],
    ['with backslashes', (url: string) => url.replaceAll('/', '\\')],
    ['with a scheme in capitals', (url: string) => url.replace('http', 'HTTP')],
  ] as const)
    test(`a purge by a URL ${how} hits what a request for that URL has stored, over ${where}`, async () => {
      await using origin = await startOrigin()
      origin.on('/odd', { headers: FRESH, body: 'stored' })
      const url = written(origin.url('/odd'))
      await (await cache.send(url)).text()
      assert.is(await cache.purge({ url }), 1)
      assert.is((await cache.send(origin.url('/odd'))).wasCached, false)
    })

  test(`a purge by URL hits what a proxy has forwarded octet for octet, over ${where}`, async () => {
    await using origin = await startOrigin()
    const url = `${origin.base}/x{y}`
    origin.on('/x{y}', { headers: FRESH, body: 'stored' })
    const forwarded = () =>
      cache.requests.begin({
        request: { method: 'GET', url, fields: [] },
        body: undefined,
        backend: undefined,
        key: undefined,
        override: 'none',
        hooks: {},
      })
    await (await forwarded()).text()
    assert.is((await forwarded()).wasCached, true)
    assert.is(await cache.purge({ url }), 1)
    assert.is((await forwarded()).wasCached, false)
  })
}

test.after(async () => {
  for (const cache of Object.values(caches)) await cache.close()
  await host.close()
})

test.run()
