/** One signal may go with any number of requests, and ends whatever of them is still under way. */

import { getEventListeners } from 'node:events'
import * as assert from 'uvu/assert'
import { CancelledError, type HttpResponse } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { collect } from '../kit/garbage.js'
import { begun, openStage, PLACES } from './stage.js'

const FRESH = { 'Cache-Control': 'max-age=60' }

async function failureOf(promise: PromiseLike<unknown>): Promise<CancelledError> {
  const failure = await promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
  assert.instance(failure, CancelledError)
  return failure as CancelledError
}

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('signals', place)

  test('an abort in the middle of a body fails the reads with its reason, and frees the connection', async () => {
    origin.on('/middle', { body: ['begin', new Barrier()] })
    const controller = new AbortController()
    const response = await cache.send(origin.url('/middle'), { method: 'POST', signal: controller.signal })
    await begun(response)
    const parked = failureOf(response.read())
    controller.abort('enough')
    assert.is((await parked).cause, 'enough')
    assert.is((await failureOf(response.read())).cause, 'enough')
    await origin.hungUp('/middle')
    await idle()
  })

  test('an abort before the body is read fails its readers, and no other response', async () => {
    origin.on('/unread', { headers: FRESH, body: 'whole' })
    const controller = new AbortController()
    for (const read of [
      (response: HttpResponse) => response.text(),
      (response: HttpResponse) => response.bytes(),
      (response: HttpResponse) => response.toWeb().text(),
    ]) {
      const { signal } = controller
      const response = await cache.send(origin.url('/unread'), { signal })
      const aborted = new AbortController()
      const other = await cache.send(origin.url('/unread'), { signal: aborted.signal })
      aborted.abort()
      assert.is((await failureOf(read(other))).cause, aborted.signal.reason)
      assert.is(await response.text().then(String), 'whole')
    }
  })

  test('an abort ends one reader of a body; the others and the store get all of it', async () => {
    const more = new Barrier()
    origin.on('/shared', { headers: FRESH, body: ['begin', more, ' end'] })
    const controller = new AbortController()
    const leader = await cache.send(origin.url('/shared'), { signal: controller.signal })
    const follower = await cache.send(origin.url('/shared'))
    await begun(leader)
    controller.abort()
    await failureOf(leader.read())
    more.open()
    assert.is(await follower.text(), 'begin end')
    assert.is((await cache.send(origin.url('/shared'))).wasCached, true)
    assert.is(origin.count('/shared'), 1)
  })

  test('a signal has no listener left for a body that was read to its end or cancelled', async () => {
    origin.on('/forgotten', { headers: FRESH, body: 'whole' })
    const { signal } = new AbortController()
    const ask = () => cache.send(origin.url('/forgotten'), { signal })
    const [one, two, three] = [await ask(), await ask(), await ask()]
    await one.text()
    two.cancel()
    three.toWeb().body?.cancel()
    assert.is(getEventListeners(signal, 'abort').length, 0)
  })

  test('a signal has no listener left for a body that failed', async () => {
    origin.on('/failed', { body: ['begin'], declaredLength: 10 })
    const { signal } = new AbortController()
    const response = await cache.fetch(origin.url('/failed'), { signal })
    const failure = await response.text().catch((error: unknown) => error)
    assert.instance(failure, TypeError)
    assert.is(getEventListeners(signal, 'abort').length, 0)
  })

  test('a signal has no listener for an answer that is in hand, and an abort still ends it', async () => {
    origin.on('/in-hand', { headers: FRESH, body: 'whole' })
    await (await cache.send(origin.url('/in-hand'))).text()
    await (await cache.send(origin.url('/in-hand'))).text()
    const controller = new AbortController()
    const { signal } = controller
    const response = await cache.send(origin.url('/in-hand'), { signal })
    assert.is(getEventListeners(signal, 'abort').length, 0)
    controller.abort('late')
    assert.is((await failureOf(response.text())).cause, 'late')
  })

  test('a body that was read to its end stays so after an abort or a cancel, also one in hand', async () => {
    origin.on('/ended', { headers: FRESH, body: 'whole' })
    for (let time = 0; time < 3; time++)
      for (const how of ['abort', 'cancel'] as const) {
        const controller = new AbortController()
        const response = await cache.send(origin.url('/ended'), { signal: controller.signal })
        while ((await response.read()) !== undefined);
        if (how === 'cancel') response.cancel()
        else {
          controller.abort()
          assert.is(await response.read(), undefined)
        }
        assert.equal(response.trailers, [])
      }
  })

  test('a signal has one listener for all requests under way, and none afterwards', async () => {
    const held = origin.hold('/crowd')
    origin.on('/crowd', { headers: FRESH, body: 'shared' })
    const { signal } = new AbortController()
    const asked = Array.from({ length: 50 }, () => cache.send(origin.url('/crowd'), { signal }))
    const texts = asked.map(async (pending) => (await pending).text())
    await origin.arrived('/crowd')
    assert.is(getEventListeners(signal, 'abort').length, 1)
    held.open()
    await Promise.all(texts)
    assert.is(getEventListeners(signal, 'abort').length, 0)
  })

  test('a signal has no listener left for bodies that were begun and then forgotten', async () => {
    const more = new Barrier()
    origin.on('/begun', { headers: FRESH, body: ['begin', more] })
    const { signal } = new AbortController()
    const begin = async () => {
      const response = await cache.fetch(origin.url('/begun'), { signal })
      await response.body?.getReader().read()
    }
    for (let times = 0; times < 3; times++) await begin()
    more.open()
    while (getEventListeners(signal, 'abort').length > 0) {
      await new Promise(setImmediate)
      collect()
    }
  })

  test('a body that failed fails again with each read, and a cancelled body never ends cleanly', async () => {
    origin.on('/short', { body: ['begin'], declaredLength: 10 })
    const response = await cache.send(origin.url('/short'), { method: 'POST' })
    await begun(response)
    for (let reads = 0; reads < 2; reads++) {
      const code = await response.read().then(
        () => 'a clean end',
        (error: { code: string }) => error.code,
      )
      assert.is(code, 'HttpIncompleteResponse')
    }
    origin.on('/dropped', { headers: FRESH, body: 'whole' })
    const dropped = await cache.send(origin.url('/dropped'))
    const text = dropped.text()
    dropped.cancel()
    await failureOf(text)
  })

  test('many requests with one signal bring no warning of a leak', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on('warning', warned)
    origin.on('/many', { headers: FRESH, body: 'shared' })
    const { signal } = new AbortController()
    const read = async () => (await cache.fetch(origin.url('/many'), { signal })).text()
    const texts = await Promise.all(Array.from({ length: 50 }, read))
    await new Promise(setImmediate)
    process.off('warning', warned)
    assert.equal(new Set(texts), new Set(['shared']))
    assert.equal(warnings, [])
    assert.is(getEventListeners(signal, 'abort').length, 0)
  })

  test.run()
}
