/** The URL alone says what is asked of which host, for its answer is stored for everybody who asks for that URL. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, startHost } from '../../../lib/index.js'
import { startOrigin } from '../../kit/origin.js'

const origin = await startOrigin()
origin.on('/', ({ header }) => ({ headers: { 'Cache-Control': 'max-age=60' }, body: header('host') ?? 'none' }))

const host = await startHost()
const backends = { inner: { url: origin.base, headers: { Host: 'inner.example' } } }
const caches: Record<string, Cache> = {
  'a host in this thread': openCache({ backends }),
  'a host thread': host.connect(),
}
const headers = { Host: 'elsewhere.example' }

for (const [where, cache] of Object.entries(caches)) {
  test(`a Host header of the caller brings no other host's answer under the URL, over ${where}`, async () => {
    const url = origin.url(`/?${where.length}`)
    const own = new URL(url).host
    assert.is(await (await cache.send(url, { headers })).text(), own)
    assert.is(await (await cache.send(url)).text(), own)
    const request = new Request(url, { headers })
    assert.is(await (await cache.fetch(request, { cache: 'no-store' })).text(), own)
    assert.is(await (await cache.fetch(url, { headers, method: 'POST' })).text(), own)
  })
}

test('a URL object asks for what it says at the call, whatever it said before', async () => {
  const cache = caches['a host in this thread'] as Cache
  origin.on('/one', { body: 'one' }).on('/other', { body: 'other' })
  const url = new URL(origin.url('/one'))
  assert.is(await (await cache.send(url)).text(), 'one')
  url.pathname = '/other'
  assert.is(await (await cache.send(url)).text(), 'other')
})

test('a backend or a hook may set another Host', async () => {
  const cache = caches['a host in this thread'] as Cache
  assert.is(await (await cache.send('http://outer.example/', { backend: 'inner' })).text(), 'inner.example')
  const response = await cache.send(origin.url('/?hook'), {
    beforeSend: (request) => request.headers.set('host', 'hook.example'),
  })
  assert.is(await response.text(), 'hook.example')
})

test.after(async () => {
  for (const cache of Object.values(caches)) await cache.close()
  await host.close()
  await origin[Symbol.asyncDispose]()
})

test.run()
