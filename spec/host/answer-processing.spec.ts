/** What an answer changes besides its own request: an unsafe one invalidates, and a 304 for another tag ends validation. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BackendRequest, isSendError, openCache, startHost } from '../../lib/index.js'
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

const hooked = { policy: { hooksOnPass: true } }

for (const [place, open] of [
  ['here', () => openCache(hooked)],
  [
    'with the host in another thread',
    async () => {
      const host = await startHost(hooked)
      const cache = host.connect()
      return Object.assign(cache, { [Symbol.asyncDispose]: () => host.close() })
    },
  ],
] as const)
  test(`${place}: what an unsafe request invalidates does not depend on what a hook makes of it`, async () => {
    await using origin = await startOrigin()
    await using cache = await open()
    origin.on('/inner', ({ method }, nth) => ({ headers: { 'Cache-Control': 'max-age=60' }, body: `${method} ${nth}` }))
    const ask = async (method: string) => {
      const beforeSend = (request: BackendRequest) => {
        request.url = origin.url('/inner')
      }
      return (await cache.send(origin.url('/outer'), { method, beforeSend })).text()
    }
    assert.equal([await ask('GET'), await ask('GET'), await ask('PUT')], ['GET 1', 'GET 1', 'PUT 2'])
    assert.is(await ask('GET'), 'GET 3')
  })

for (const [place, open] of [
  ['here', () => openCache()],
  [
    'with the host in another thread',
    async () => {
      const host = await startHost()
      const cache = host.connect()
      return Object.assign(cache, { [Symbol.asyncDispose]: () => host.close() })
    },
  ],
] as const)
  for (const hooks of [{}, { afterSend() {} }])
    test(`${place}, ${hooks.afterSend ? 'with' : 'without'} a hook: a 304 for another tag fails its fetch, and no later one sends conditions`, async () => {
      await using origin = await startOrigin()
      await using cache = await open()
      origin.on('/', ({ header }, nth) =>
        header('if-none-match') === undefined
          ? { headers: { 'Cache-Control': 'max-age=0', ETag: '"coded"' }, body: `${nth}` }
          : { status: 304, headers: { ETag: '"plain"' } },
      )
      const ask = async () => {
        try {
          return await (await cache.send(origin.url('/'), hooks)).text()
        } catch (failure) {
          return isSendError(failure) && failure.code
        }
      }
      assert.equal([await ask(), await ask(), await ask(), await ask()], ['1', 'HttpProtocolError', '3', '4'])
    })

test("a 304 for a hook's own condition fails its fetch, and later ones still send the stored validators", async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  origin.on('/', ({ header }) =>
    header('if-none-match') === undefined
      ? { headers: { 'Cache-Control': 'max-age=0', ETag: '"stored"' }, body: 'stored' }
      : { status: 304, headers: { ETag: header('if-none-match') as string } },
  )
  const beforeSend = ({ headers }: BackendRequest) => headers.set('If-None-Match', '"other"')
  const ask = async (init = {}) => (await cache.send(origin.url('/'), init)).text()
  await ask()
  assert.ok(isSendError(await ask({ beforeSend }).catch((failure: unknown) => failure)))
  assert.is(await ask(), 'stored')
  assert.is(origin.requests.at(-1)?.header('if-none-match'), '"stored"')
})

test.run()
