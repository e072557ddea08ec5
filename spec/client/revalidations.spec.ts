/** The background fetch of a stale answer, as the holder of that answer sees it: the same over a host here and elsewhere. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Decision, type HttpResponse, type PendingRequest, startHost } from '../../lib/index.js'
import { statsOf, until } from '../bridge/crew.js'
import { closesBeforeHeaders } from '../kit/answer.js'
import { failureOf } from '../kit/failures.js'
import { startOrigin } from '../kit/origin.js'
import { openStage, PLACES } from './stage.js'

const STALE = { 'cache-control': 'max-age=0, stale-while-revalidate=60' }
const FRESH = { 'cache-control': 'max-age=60' }
const SCRIPT = [
  { headers: STALE, body: 'old' },
  { headers: FRESH, body: 'new' },
  { headers: FRESH, body: 'newer' },
]

/** A response whose body nobody reads would hold it until it is collected. */
async function read(pending: PendingRequest): Promise<HttpResponse> {
  const response = await pending
  await response.text()
  return response
}

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('revalidations', place)

  for (const before of ['anybody waits for it', 'it ends'] as const) {
    test(`a background fetch that is cancelled before ${before} is given up, and the next request leads`, async () => {
      const path = `/${before.replaceAll(' ', '-')}`
      const url = origin.on(path, SCRIPT).url(path)
      await read(cache.send(url))
      const held = origin.hold(path)
      const { revalidation } = await read(cache.send(url))
      assert.ok(revalidation)
      await origin.arrived(path, 2)
      const failure = before === 'it ends' ? failureOf(revalidation) : undefined
      revalidation.cancel('no longer wanted')
      if (failure === undefined) assert.is((await failureOf(revalidation)).code, 'Cancelled')
      else assert.is((await failure).code, 'Cancelled')
      await idle()
      held.open()
      const again = await read(cache.send(url))
      assert.ok(again.isStale && again.revalidation)
      await again.revalidation
      assert.is(await (await cache.send(url)).text(), 'newer')
    })
  }

  test('a request that waits for a background fetch is not failed by it: it leads when that has failed', async () => {
    const path = '/waited-for'
    const url = origin
      .on(path, [{ headers: STALE, body: 'old' }, closesBeforeHeaders, { headers: FRESH, body: 'new' }])
      .url(path)
    await read(cache.send(url))
    const held = origin.hold(path)
    const { revalidation } = await read(cache.send(url))
    assert.ok(revalidation)
    await origin.arrived(path, 2)
    const failure = failureOf(revalidation)
    const waiter = cache.send(url, { headers: { 'cache-control': 'no-cache' } })
    const text = waiter.then((response) => response.text())
    await until('it waits', () => cache.stats().transactions.waiting === 1)
    held.open()
    await failure
    assert.is(await text, 'new')
  })

  test('after two failed background fetches, explain says for a while that a stale answer leads none', async () => {
    const url = origin.on('/down', [{ headers: STALE, body: 'old' }, closesBeforeHeaders]).url('/down')
    await read(cache.send(url))
    const met: Decision[] = []
    // Each further failure doubles the back-off, should this thread have slept it away.
    while (met.length < 10 && met.at(-1) !== 'stale') {
      const { revalidation } = await read(cache.send(url))
      await revalidation?.then(undefined, () => {})
      met.push((await cache.explain(url)).decision)
    }
    assert.is(met[0], 'stale-and-revalidate')
    assert.is(met.at(-1), 'stale')
  })

  test.run()
}

const test = suite('revalidations of a guest')

test('a guest that closes leaves its background fetches to the host', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  const url = origin.on('/story', SCRIPT).url('/story')
  const cache = host.connect()
  await (await cache.send(url)).text()
  const held = origin.hold('/story')
  const { revalidation } = await cache.send(url)
  assert.ok(revalidation)
  const failure = failureOf(revalidation)
  await origin.arrived('/story', 2)
  await cache.close()
  assert.is((await failure).code, 'Cancelled')
  held.open()
  await until('it is stored', () => statsOf(host).transactions.obligations === 0)
  await using next = host.connect()
  assert.is(await (await next.send(url)).text(), 'new')
  assert.is(origin.count('/story'), 2)
})

test.run()
