/** What `stats()` says: of a cache here, of a host in another thread, and of a thread that has joined it. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosedError, openCache, startHost } from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

const FRESH = { 'cache-control': 'max-age=60' }

async function storyOrigin() {
  return (await startOrigin()).on('/story', { headers: FRESH, body: 'Once' })
}

test('a cache counts the requests made through it, and those without an answer yet', async () => {
  await using origin = await storyOrigin()
  await using cache = openCache()
  await cache.fetch(`${origin.base}/story`)
  const pending = cache.send(`${origin.base}/story?again`)
  pending.poll()
  assert.equal(cache.stats().requests, { started: 2, pending: 1 })
  await pending
  assert.equal(cache.stats().requests, { started: 2, pending: 0 })
  assert.is(cache.stats().guests, undefined)
})

test('a cache counts the requests it has sent to origins, and those of them that are not over yet', async () => {
  await using origin = await storyOrigin()
  await using cache = openCache()
  for (let time = 0; time < 2; time++) await (await cache.send(`${origin.base}/story`)).text()
  assert.equal(cache.stats().sends, { started: 1, active: 0 })
  const held = origin.hold('/past')
  const past = cache.send(`${origin.base}/past`, { cacheOverride: 'pass' })
  assert.equal(cache.stats().sends, { started: 2, active: 1 })
  held.open()
  await (await past).text()
  assert.equal(cache.stats().sends, { started: 2, active: 0 })
})

test('a host thread counts the requests that ran there, also those of guests that have left', async () => {
  await using origin = await storyOrigin()
  await using host = await startHost()
  const cache = host.connect()
  const first = await cache.send(`${origin.base}/story`)
  assert.is(await first.text(), 'Once')
  assert.equal(host.stats().requests, { started: 1, pending: 0 })
  await cache.close()
  const next = host.connect()
  await (await next.send(`${origin.base}/story`)).text()
  await (await next.send(`${origin.base}/story`)).text() // remembered: nothing of it reaches the host
  assert.equal(host.stats().requests, { started: 2, pending: 0 })
  assert.equal(next.stats().requests, { started: 2, pending: 0 })
  await next.close()
})

test('a host thread counts the guests that have joined it, the asking one among them', async () => {
  await using host = await startHost()
  const caches = [host.connect(), host.connect()]
  assert.is(host.stats().guests, 3)
  await Promise.all(caches.map((cache) => cache.close()))
})

test('stats of a closed host throws ClosedError, whether it was called before or not', async () => {
  for (const isAsked of [false, true]) {
    const host = await startHost()
    if (isAsked) host.stats()
    await host.close()
    assert.throws(
      () => host.stats(),
      (error: unknown) => error instanceof ClosedError && error.message === 'the host is closed',
    )
  }
})

test('a background fetch with hooks runs in the guest that asked, and is counted there', async () => {
  await using origin = await storyOrigin()
  await using host = await startHost()
  const cache = host.connect()
  const init = { cacheOverride: { ttl: 0, staleWhileRevalidate: 60 }, afterSend: () => {} } as const
  await (await cache.send(`${origin.base}/story`, init)).text()
  const stale = await cache.send(`${origin.base}/story`, init)
  assert.is(stale.isStale, true)
  await stale.revalidation
  assert.equal(cache.stats().revalidations, { running: 0, started: 1, failed: 0, refused: 0 })
  assert.is(host.stats().revalidations.started, 0)
  await cache.close()
})

test('a background fetch whose hook fails is counted as failed, and backs off after the second failure', async () => {
  await using origin = await storyOrigin()
  const clock = new TestClock()
  await using cache = openCache({ clock })
  const cacheOverride = { ttl: 0, staleWhileRevalidate: 60 }
  await (await cache.send(`${origin.base}/story`, { cacheOverride })).text()
  let calls = 0
  const beforeSend = () => {
    calls++
    throw new Error('broken')
  }
  const ask = async () =>
    assert.is((await cache.send(`${origin.base}/story`, { cacheOverride, beforeSend })).isStale, true)
  for (let nth = 0; nth < 5; nth++) await ask()
  assert.is(calls, 2)
  assert.equal(cache.stats().revalidations, { running: 0, started: 2, failed: 2, refused: 3 })
  clock.advance(1000)
  await ask()
  assert.is(calls, 3)
})

test.run()
