/** Answers to requests past the cache, and the purges made while those requests were under way (T104). */

import * as assert from 'uvu/assert'
import type { PurgeTarget } from '../../lib/index.js'
import type { Answer } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { both, ok, type Resource, rfc9111, type Story, told, type World } from './world.js'

/** Headers with which an answer to a POST stands for a GET of the page too, and has a surrogate key. */
const asGet = ({ url }: Resource) => ({ 'Content-Location': url, 'Surrogate-Key': 'mine' })

/** Every target with which a purge hits the page. */
const targets = ({ url }: Resource): PurgeTarget[] => [{ url }, { surrogateKey: 'mine' }, { all: true }]

/** A page whose body gives the method of its request, and the number of requests so far. */
function telling(world: World): Resource {
  const page: Resource = world.resource(({ method }, nth) => ok('max-age=60', `${method} ${nth}`, asGet(page)))
  return page
}

/** The bodies of a POST and of a GET after it, where `meanwhile` runs while the answer to the POST is on its way. */
async function posted(world: World, meanwhile: (page: Resource) => PromiseLike<unknown>): Promise<string[]> {
  const page = telling(world)
  const gate = page.hold()
  const pending = page.start({ method: 'POST', body: 'x' })
  await page.arrived(1)
  await meanwhile(page)
  gate.open()
  return [(await told(pending)).body, (await page.get()).body]
}

export const overtaken: readonly Story[] = [
  rfc9111('T104 an answer to a POST that a hard purge overtakes answers no later GET', async (world) => {
    for (const at of [0, 1, 2])
      assert.equal(await posted(world, (page) => world.cache.purge(targets(page)[at] as PurgeTarget)), [
        'POST 1',
        'GET 2',
      ])
  }),

  rfc9111(
    'T104 an answer to a POST is not overtaken by its own invalidation, a soft purge or a purge of another key',
    async (world) => {
      assert.equal(await posted(world, async () => {}), ['POST 1', 'POST 1'])
      assert.equal(await posted(world, ({ url }) => world.cache.purge({ url }, { soft: true })), ['POST 1', 'POST 1'])
      assert.equal(await posted(world, () => world.cache.purge({ surrogateKey: 'other' })), ['POST 1', 'POST 1'])
    },
  ),

  rfc9111('T104 an answer to a POST is not overtaken by a purge made before the POST was sent', async (world) => {
    const page = telling(world)
    const early = world.resource(ok('max-age=60'))
    const gate = early.hold()
    const pending = early.start({ method: 'POST' })
    await early.arrived(1)
    await world.cache.purge({ all: true })
    assert.is((await page.get({ method: 'POST' })).body, 'POST 1')
    gate.open()
    await told(pending)
    assert.is((await page.get()).body, 'POST 1')
  }),

  rfc9111('T104 an answer to a POST is overtaken by the invalidation of another POST meanwhile', async (world) => {
    const answers = await posted(world, async (page) => {
      const other = world.resource({ headers: { 'Content-Location': page.url } })
      await other.get({ method: 'POST' })
    })
    assert.equal(answers, ['POST 1', 'GET 2'])
  }),

  rfc9111('a stored answer to a POST is purged by the surrogate keys it came with', async (world) => {
    const page = telling(world)
    await page.get({ method: 'POST' })
    assert.is((await page.get()).body, 'POST 1')
    assert.is(await world.cache.purge({ surrogateKey: 'mine' }), 1)
    assert.is((await page.get()).body, 'GET 2')
  }),

  rfc9111('an unsafe request with a cache key stores and invalidates under that key', async (world) => {
    const page = telling(world)
    const ask = async (method: string, cacheKey?: string) =>
      (await page.get({ method, ...(cacheKey !== undefined && { cacheKey }) })).body
    assert.is(await ask('POST', 'mine'), 'POST 1')
    assert.equal([await ask('GET', 'mine'), await ask('GET')], ['POST 1', 'GET 2'])
    assert.is(await ask('PUT', 'mine'), 'PUT 3')
    assert.equal([await ask('GET', 'mine'), await ask('GET')], ['GET 4', 'GET 5'])
  }),

  rfc9111('a stored answer to a POST is as old as the time it took to come', async (world) => {
    const page = telling(world)
    const gate = page.hold()
    const pending = page.start({ method: 'POST' })
    await page.arrived(1)
    await world.advance(20_000)
    gate.open()
    await told(pending)
    const { response } = await page.get()
    assert.equal([response.wasCached, response.age, response.ttl], [true, 20, 40])
  }),

  rfc9111(
    'an object that a HEAD freshens is purged by its own surrogate keys and by those of the HEAD',
    async (world) => {
      for (const surrogateKey of ['first', 'then']) {
        const page = world.resource(({ method }) =>
          ok('max-age=60', 'page', { ETag: '"1"', 'Surrogate-Key': method === 'HEAD' ? 'then' : 'first' }),
        )
        await page.get()
        await page.get({ method: 'HEAD', cacheOverride: 'pass' })
        assert.is((await page.get()).response.wasCached, true)
        assert.is(await world.cache.purge({ surrogateKey }), 1)
      }
    },
  ),

  rfc9111('an object that a HEAD freshens is as old as the time the answer to the HEAD took to come', async (world) => {
    const page = world.resource(ok('max-age=60', 'page', { ETag: '"1"' }))
    await page.get()
    const gate = page.hold()
    const pending = page.start({ method: 'HEAD', cacheOverride: 'pass' })
    await page.arrived(2)
    await world.advance(20_000)
    gate.open()
    await told(pending)
    const { response } = await page.get()
    assert.equal([response.wasCached, response.age, response.ttl], [true, 20, 40])
  }),

  rfc9111('T104 an answer to a HEAD that a hard purge overtakes freshens no object', async (world) => {
    const [getAnswered, headAnswered] = [new Barrier(), new Barrier()]
    const page = world.resource(async ({ method }, nth): Promise<Answer> => {
      if (nth <= 2) await (method === 'GET' ? getAnswered : headAnswered).opened
      return ok('max-age=60', 'page', { ETag: '"1"' })
    })
    const [get, head] = [page.start(), page.start({ method: 'HEAD', cacheOverride: 'pass' })]
    await page.arrived(2)
    await world.cache.purge({ url: page.url })
    getAnswered.open()
    assert.is((await told(get)).response.ttl, 0)
    headAnswered.open()
    await told(head)
    assert.is((await page.get()).response.wasCached, false)
  }),

  rfc9111('RFC 9111 4.4: an unsafe request invalidates its URL even if its answer is not taken', async (world) => {
    const page = telling(world)
    assert.is((await page.get()).body, 'GET 1')
    const untaken = page.send({ method: 'PUT' })
    await page.arrived(2)
    await world.until(({ sends }) => sends.active === 0)
    assert.is((await page.get()).body, 'GET 3')
    assert.is((await told(untaken)).body, 'PUT 2')
  }),

  both('a request past the cache that is cancelled leaves no remembered purge behind', async (world) => {
    const page = world.resource(ok('max-age=60'))
    page.hold()
    const pending = page.start({ method: 'POST' })
    await page.arrived(1)
    await world.cache.purge({ url: page.url })
    pending.cancel()
    await page.hungUp()
    await world.until(({ transactions }) => transactions.rememberedPurges === 0)
  }),
]
