/** The background fetch behind a stale answer, as who holds that answer sees it: the same over a host here and elsewhere. */

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

/** One whose body nobody reads would hold that until it is collected. */
async function read(pending: PendingRequest): Promise<HttpResponse> {
  const response = await pending
  await response.text()
  return response
}

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('revalidations', place)

  for (const before of ['anybody waits for it', 'it ends'] as const) {
    test(`one that is cancelled before ${before} is given up, and the next to ask leads`, async () => {
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

  test('explain knows that nothing is fetched behind a stale answer for a while after two that have failed', async () => {
    const url = origin.on('/down', [{ headers: STALE, body: 'old' }, closesBeforeHeaders]).url('/down')
    await read(cache.send(url))
    const met: Decision[] = []
    // Each further failure doubles the while, should this thread have slept it away.
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
