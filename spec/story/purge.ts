/** Soft and hard purges while requests are under way (T101 to T107). */

import * as assert from 'uvu/assert'
import type { Answer } from '../kit/answer.js'
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

const NOT_MODIFIED: Answer = { status: 304, headers: { ETag: '"1"', 'Cache-Control': 'max-age=60' } }

async function filled(world: World, cacheControl: string, then: Answer): Promise<Resource> {
  const page = world.resource(first(ok(cacheControl, 'old', { ETag: '"1"', 'Surrogate-Key': 'key' }), then))
  await page.get()
  return page
}

export const purge: readonly Story[] = [
  both(
    'T101 a softly purged object is stale at once: one request revalidates it, the other does not',
    async (world) => {
      const page = await filled(world, 'max-age=60, stale-while-revalidate=30', ok('max-age=60', 'new'))
      const gate = page.hold()
      assert.is(await world.cache.purge({ surrogateKey: 'key' }, { soft: true }), 1)
      const [leader, other] = await toldAll(page.starts(2))
      assert.equal(
        [leader?.body, leader?.response.isStale, other?.body, other?.response.isStale],
        ['old', true, 'old', true],
      )
      assert.is(other?.response.revalidation, undefined)
      assert.equal([leader?.response.ttl, other?.response.ttl], [0, 0])
      gate.open()
      await leader?.response.revalidation
      assert.is((await page.get()).body, 'new')
    },
  ),

  both('T102 the stale windows count from the first soft purge', async (world) => {
    const page = await filled(world, 'max-age=60, stale-while-revalidate=10', ok('max-age=60', 'new'))
    await world.cache.purge({ url: page.url }, { soft: true })
    await world.advance(5000)
    await world.cache.purge({ url: page.url }, { soft: true })
    await world.advance(5001)
    const { body, response } = await page.get()
    assert.equal([body, response.wasCached], ['new', false])
  }),

  both('T103 a 304 makes a softly purged object fresh again', async (world) => {
    const page = await filled(world, 'max-age=60', NOT_MODIFIED)
    await world.cache.purge({ surrogateKey: 'key' }, { soft: true })
    assert.is((await page.get()).body, 'old')
    assert.is(page.request(2).header('if-none-match'), '"1"')
    const { body, response } = await page.get()
    assert.equal([body, response.wasCached, response.isStale, page.fetches], ['old', true, false, 2])
  }),

  rfc9111(
    'T104 an answer that a hard purge overtakes serves leader and waiter, and no later request',
    async (world) => {
      const { page, answers } = await purgedWhileFetching(world)
      assert.equal(answers, ['fetch 1', 'fetch 1'])
      assert.is((await page.get()).body, 'fetch 2')
    },
  ),

  fastly('T104 an answer that a hard purge overtakes serves leader, waiter and a later request', async (world) => {
    const { page, answers } = await purgedWhileFetching(world)
    assert.equal(answers, ['fetch 1', 'fetch 1'])
    assert.is((await page.get()).body, 'fetch 1')
  }),

  both('T104 a hard purge before the fetch is sent does not make its answer stale', async (world) => {
    const page = world.resource((_request, nth) => ok('max-age=60', `fetch ${nth}`))
    const [entered, goOn] = [new Barrier(), new Barrier()]
    const leader = page.start({
      async beforeSend() {
        entered.open()
        await goOn.opened
      },
    })
    await entered.opened
    await world.cache.purge({ url: page.url })
    const waiter = page.start()
    await world.waiting(1)
    goOn.open()
    assert.equal([(await told(leader)).body, (await told(waiter)).body], ['fetch 1', 'fetch 1'])
    assert.is((await page.get()).body, 'fetch 1')
  }),

  rfc9111(
    'T104 an answer that a hard purge overtakes tells its leader that it is stored, with a ttl of 0',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const gate = page.hold()
      const leader = page.start()
      await page.arrived(1)
      await world.cache.purge({ url: page.url })
      gate.open()
      const { response, headers } = await told(leader)
      assert.equal([response.source, response.ttl], ['insert', 0])
      assert.match(headers.get('cache-status') ?? '', /ttl=0;stored/)
    },
  ),

  both(
    'T105 a body that is purged hard while it is read is read to its end, and the next lookup misses',
    async (world) => {
      const more = new Barrier()
      const page = world.resource({ headers: { 'Cache-Control': 'max-age=60' }, body: ['begin', more, ' end'] })
      const [leader, follower] = [page.start(), page.start()]
      await leader
      await follower
      assert.is(await world.cache.purge({ url: page.url }), 1)
      more.open()
      assert.equal(
        (await toldAll([leader, follower])).map(({ body }) => body),
        ['begin end', 'begin end'],
      )
      assert.is((await page.get()).response.wasCached, false)
      assert.is(page.fetches, 2)
    },
  ),

  both('T106 an object that is purged hard during its revalidation stays gone, though a 304 comes', async (world) => {
    const page = await filled(world, 'max-age=1, stale-while-revalidate=60', NOT_MODIFIED)
    await world.advance(5000)
    const gate = page.hold()
    const { response } = await page.get()
    await page.arrived(2)
    await world.cache.purge({ surrogateKey: 'key' })
    gate.open()
    await codeOf(response.revalidation as PromiseLike<void>).catch(() => 'no failure')
    const { objects, obligations } = world.stats.transactions
    assert.equal({ objects, obligations }, { objects: 0, obligations: 0 })
    page.answers(ok('max-age=60', 'new'))
    assert.is((await page.get()).body, 'new')
    assert.is(page.request(3).header('if-none-match'), undefined)
  }),

  both('T107 a purge of everything removes the marks too: of the next requests one leads', async (world) => {
    const page = world.resource(ok('private'))
    await page.get()
    assert.is(world.stats.transactions.markers, 1)
    assert.is(await world.cache.purge({ all: true }), 1)
    assert.is(world.stats.transactions.markers, 0)
    page.answers(ok('max-age=60'))
    const gate = page.hold()
    const pendings = page.starts(2)
    await world.waiting(1)
    gate.open()
    await toldAll(pendings)
    assert.is(page.fetches, 2)
  }),

  both('12-7 a mark is purged by the surrogate key of its URL, as an object is', async (world) => {
    const page = world.resource(first(ok('max-age=60'), ok('private')))
    const [urlKey = ''] = (await page.get()).response.surrogateKeys
    assert.is(await world.cache.purge({ surrogateKey: urlKey }), 1)
    await page.get()
    assert.is(world.stats.transactions.markers, 1)
    assert.is(await world.cache.purge({ surrogateKey: urlKey }), 1)
    assert.is(world.stats.transactions.markers, 0)
  }),
]

/** A leader and a waiter, while everything under their URL is purged. */
async function purgedWhileFetching(world: World): Promise<{ page: Resource; answers: string[] }> {
  const page = world.resource((_request, nth) => ok('max-age=60', `fetch ${nth}`))
  const gate = page.hold()
  const leader = page.start()
  await page.arrived(1)
  const waiter = page.start()
  await world.waiting(1)
  await world.cache.purge({ url: page.url })
  gate.open()
  return { page, answers: [(await told(leader)).body, (await told(waiter)).body] }
}
