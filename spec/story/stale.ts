/** Fresh objects, and stale ones while they are revalidated (T33 to T45). */

import * as assert from 'uvu/assert'
import type { HttpResponse } from '../../lib/index.js'
import { type Answer, CLOSE, closesBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import {
  both,
  codeOf,
  fastly,
  first,
  ok,
  type Resource,
  rfc9111,
  type Story,
  told,
  toldAll,
  type World,
} from './world.js'

const SWR = 'max-age=1, stale-while-revalidate=10'
const NOT_MODIFIED: Answer = { status: 304, headers: { ETag: '"1"', 'Cache-Control': SWR, 'X-Merged': 'yes' } }

/** A page stored five seconds ago, with its window open; the origin answers `then` from now on. */
async function stale(world: World, then: Answer, cacheControl = SWR): Promise<Resource> {
  const page = world.resource(first(ok(cacheControl, 'old', { ETag: '"1"' }), then))
  await page.get()
  await world.advance(5000)
  return page
}

/** The end of the background fetch that `response` leads. */
async function revalidated(response: HttpResponse): Promise<void> {
  if (response.revalidation === undefined) throw new Error('it leads no background fetch')
  await response.revalidation
}

const state = ({ wasCached, isStale, hits }: HttpResponse) => ({ wasCached, isStale, hits })

export const freshness: readonly Story[] = [
  both('T33 an object is fresh until its lifetime has passed, and no longer at that moment', async (world) => {
    const page = world.resource(ok('max-age=10'))
    await page.get()
    await world.advance(9999)
    const { response } = await page.get()
    assert.equal(state(response), { wasCached: true, isStale: false, hits: 1 })
    assert.equal(
      [response.age, response.ttl],
      [9.999, 0.001].map((seconds) => Math.round(seconds * 1000) / 1000),
    )
    await world.advance(1)
    assert.is((await page.get()).response.wasCached, false)
    assert.is(page.fetches, 2)
  }),

  both('T34 in the stale window all requests are answered at once, and one of them leads one fetch', async (world) => {
    const page = await stale(world, ok(SWR, 'new'))
    const gate = page.hold()
    const answers = await toldAll(page.starts(5))
    for (const { body, response, headers } of answers) {
      assert.is(body, 'old')
      assert.equal([response.wasCached, response.isStale, response.ttl], [true, true, 0])
      assert.is(response.maskedError, undefined)
      assert.is(headers.get('x-cache'), 'HIT')
    }
    const leading = answers.filter(({ response }) => response.revalidation !== undefined)
    assert.is(leading.length, 1)
    await page.arrived(2)
    gate.open()
    await revalidated(leading[0]?.response as HttpResponse)
    assert.is(page.fetches, 2)
  }),

  both('T35 the next request gets the answer of the background fetch, fresh', async (world) => {
    const page = await stale(world, ok(SWR, 'new'))
    await revalidated((await page.get()).response)
    const { body, response } = await page.get()
    assert.equal([body, response.isStale, response.wasCached, page.fetches], ['new', false, true, 2])
  }),

  both('T35 a background fetch is over once its body is whole in the store', async (world) => {
    const more = new Barrier()
    const page = await stale(world, { headers: { 'Cache-Control': 'max-age=60' }, body: ['new', more, 'er'] })
    const { response } = await page.get()
    await world.until(({ transactions }) => transactions.obligations === 0)
    const next = await page.send()
    assert.is(new TextDecoder().decode(await next.read()), 'new')
    assert.is(response.revalidation?.poll().ready, false)
    more.open()
    await revalidated(response)
    assert.is(new TextDecoder().decode(await next.read()), 'er')
    assert.is(await next.read(), undefined)
  }),

  both('T35 a background fetch whose body breaks off fails, and leaves no object', async (world) => {
    const page = await stale(world, { headers: { 'Cache-Control': 'max-age=60' }, body: ['new', CLOSE] })
    const { response } = await page.get()
    assert.is(await codeOf(response.revalidation as PromiseLike<void>), 'HttpIncompleteResponse')
    assert.is(world.stats.transactions.objects, 0)
  }),

  both('T36 a 304 in the background keeps the body, and renews age and fields', async (world) => {
    const page = await stale(world, NOT_MODIFIED)
    await revalidated((await page.get()).response)
    assert.is(page.request(2).header('if-none-match'), '"1"')
    const { body, response, headers } = await page.get()
    assert.equal([body, headers.get('x-merged'), response.age, response.isStale], ['old', 'yes', 0, false])
  }),

  both(
    'T37 a background fetch that fails is no error of the stale answer, and the next request fetches again',
    async (world) => {
      const page = await stale(world, closesBeforeHeaders)
      for (const fetches of [2, 3]) {
        const { body, response } = await page.get()
        assert.equal([body, response.isStale, response.maskedError], ['old', true, undefined])
        assert.is(await codeOf(response.revalidation as PromiseLike<void>), 'ConnectionTerminated')
        assert.is(page.fetches, fetches)
      }
      assert.is(world.stats.transactions.obligations, 0)
    },
  ),

  both('T38 if beforeSend throws, the stale answer has no revalidation, and no request is sent', async (world) => {
    const page = await stale(world, ok(SWR, 'new'))
    const { body, response } = await page.get({
      beforeSend() {
        throw new Error('no')
      },
    })
    assert.equal([body, response.isStale, response.revalidation], ['old', true, undefined])
    await world.until(({ transactions }) => transactions.obligations === 0)
    assert.is(page.fetches, 1)
  }),

  both('T39 if afterSend throws, the revalidation fails, and the stale object stays', async (world) => {
    const page = await stale(world, ok(SWR, 'new'))
    const { body, response } = await page.get({
      afterSend() {
        throw new Error('no')
      },
    })
    assert.equal([body, response.isStale], ['old', true])
    assert.is(await codeOf(response.revalidation as PromiseLike<void>), 'Custom')
    const again = page.send()
    assert.is((await told(again)).body, 'old')
    await (await again).revalidation
  }),

  both('T40 edits are made to the stale answer, and not to the stored object', async (world) => {
    const page = await stale(world, NOT_MODIFIED)
    const pending = page.send()
    pending.setResponseHeader('x-mine', '1')
    const { headers, response } = await told(pending)
    assert.is(headers.get('x-mine'), '1')
    await revalidated(response)
    assert.is((await page.get()).headers.get('x-mine'), null)
  }),

  both('T41 cancelling the stale answer does not end its background fetch', async (world) => {
    const page = await stale(world, ok(SWR, 'new'))
    const gate = page.hold()
    const response = await page.send()
    response.cancel()
    await page.arrived(2)
    gate.open()
    await revalidated(response)
    assert.is((await page.get()).body, 'new')
  }),

  rfc9111(
    'T42 a background answer that may not be stored replaces the object by a mark: the next request leads',
    async (world) => {
      const page = await stale(world, ok('private', 'secret'))
      await revalidated((await page.get()).response)
      const { objects, markers } = world.stats.transactions
      assert.equal({ objects, markers }, { objects: 0, markers: 1 })
      assert.is((await page.get()).response.isStale, false)
    },
  ),

  fastly(
    'T42 a background answer that may not be stored replaces the object by a mark: the next request goes past the cache',
    async (world) => {
      const page = await stale(world, ok('private', 'secret'))
      await revalidated((await page.get()).response)
      const { objects, markers } = world.stats.transactions
      assert.equal({ objects, markers }, { objects: 0, markers: 1 })
      assert.is((await page.get()).response.isStale, undefined)
    },
  ),

  both(
    'T43 a request after the end of the window waits for the background fetch that began within it',
    async (world) => {
      const page = await stale(world, ok(SWR, 'new'))
      const gate = page.hold()
      const { response } = await page.get()
      await page.arrived(2)
      await world.advance(6001)
      const waiter = page.start()
      await world.waiting(1)
      gate.open()
      await revalidated(response)
      const { body, response: served } = await told(waiter)
      assert.equal([body, served.wasCached, page.fetches], ['new', true, 2])
    },
  ),

  both('T44 with both windows open an object is revalidated in the background, and masks no error', async (world) => {
    const page = await stale(world, closesBeforeHeaders, `${SWR}, stale-if-error=60`)
    const { body, response } = await page.get()
    assert.equal([body, response.isStale, response.maskedError], ['old', true, undefined])
    await codeOf(response.revalidation as PromiseLike<void>)
  }),

  both('T45 past the window an object is validated first, and a 304 brings the stored body', async (world) => {
    const page = await stale(world, NOT_MODIFIED)
    await world.advance(60_000)
    const { body, status, response, headers } = await page.get()
    assert.is(page.request(2).header('if-none-match'), '"1"')
    assert.equal([status, body, headers.get('x-merged')], [200, 'old', 'yes'])
    assert.equal(state(response), { wasCached: false, isStale: false, hits: 0 })
    assert.is(headers.get('x-cache'), 'MISS')
  }),

  rfc9111('a 304 with another ETag is a protocol error', async (world) => {
    const page = world.resource([ok('max-age=1', 'old', { ETag: '"1"' }), { status: 304, headers: { ETag: '"2"' } }])
    await page.get()
    await world.advance(2000)
    assert.is(await codeOf(page.start()), 'HttpProtocolError')
  }),
]
