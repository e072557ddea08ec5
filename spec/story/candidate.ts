/** Which answers are stored, and what hooks and overrides change of them (T67 to T80, without T77). */

import * as assert from 'uvu/assert'
import type { BodyTransform, CandidateResponse, SendInit } from '../../lib/index.js'
import { type Answer, closesBeforeHeaders, type HttpAnswer } from '../kit/answer.js'
import { both, fastly, ok, rfc9111, type Story, told, type World } from './world.js'

/** Asks for a page twice: whether the second request was answered from the store, and its headers. */
async function isStored(world: World, answer: Answer, afterSend?: (candidate: CandidateResponse) => void) {
  const page = world.resource(answer)
  const init = afterSend === undefined ? {} : { afterSend }
  await page.get(init)
  const { headers } = await page.get(init)
  return { stored: page.fetches === 1, headers }
}

const with_ = (status: number, headers: Readonly<Record<string, string>>): HttpAnswer => ({
  status,
  headers,
  body: 'body',
})

const doubling = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk
    yield chunk
  }
}

const transformedBy =
  (transform: BodyTransform) =>
  (candidate: CandidateResponse): void => {
    candidate.bodyTransform = transform
  }

export const candidate: readonly Story[] = [
  both('T67 an answer with a cookie is not stored; with setCacheable it is stored, cookie and all', async (world) => {
    const cookie = ok('max-age=60', 'body', { 'Set-Cookie': 'a=1' })
    assert.is((await isStored(world, cookie)).stored, false)
    assert.is(world.stats.transactions.markers, 1)
    const { stored, headers } = await isStored(world, cookie, (candidate) => candidate.setCacheable())
    assert.equal([stored, headers.get('set-cookie')], [true, 'a=1'])
  }),

  rfc9111('T67 an answer with a cookie is stored if it is public', async (world) => {
    const { stored } = await isStored(world, ok('public, max-age=60', 'body', { 'Set-Cookie': 'a=1' }))
    assert.is(stored, true)
  }),

  both('T68 Surrogate-Control replaces Cache-Control for the cache, and is sent to no client', async (world) => {
    const page = world.resource(ok('private', 'body', { 'Surrogate-Control': 'max-age=60' }))
    assert.is((await page.get()).headers.get('surrogate-control'), null)
    await world.advance(59_999)
    const { headers, response } = await page.get()
    assert.equal([headers.get('surrogate-control'), headers.get('cache-control')], [null, 'private'])
    assert.is(response.wasCached, true)
    await world.advance(1)
    assert.is((await page.get()).response.wasCached, false)
  }),

  both('T69 an answer with an empty Cache-Control is not stored', async (world) => {
    assert.is((await isStored(world, with_(200, { 'Cache-Control': '' }))).stored, false)
  }),

  both('T70 must-understand overrides no-store where the status is understood', async (world) => {
    const headers = { 'Cache-Control': 'no-store, must-understand, max-age=60' }
    assert.is((await isStored(world, with_(200, headers))).stored, true)
    assert.is((await isStored(world, with_(418, headers))).stored, false)
  }),

  both('T71 a field that private names is left out, and the rest of the answer is stored', async (world) => {
    const answer = ok('max-age=60, private="set-cookie"', 'body', { 'Set-Cookie': 'a=1' })
    const { stored, headers } = await isStored(world, answer)
    assert.equal([stored, headers.get('set-cookie')], [true, null])
  }),

  rfc9111(
    'T71 a field that private names reaches the client that fetched it, in a 200 and in a 304, and no other client',
    async (world) => {
      const cookie = (value: string) => ({ 'Set-Cookie': value, ETag: '"1"' })
      const says = 'max-age=1, private="set-cookie"'
      const page = world.resource([
        ok(says, 'body', cookie('a=1')),
        { status: 304, headers: { 'Cache-Control': 'max-age=60', ...cookie('a=2') } },
      ])
      assert.is((await page.get()).headers.get('set-cookie'), 'a=1')
      assert.is((await page.get()).headers.get('set-cookie'), null)
      await world.advance(2000)
      assert.is((await page.get()).headers.get('set-cookie'), 'a=2')
      assert.is((await page.get()).headers.get('set-cookie'), null)
    },
  ),

  fastly('T71 the client that fetches an answer gets no more fields than are stored', async (world) => {
    const page = world.resource(ok('max-age=60, private="set-cookie"', 'body', { 'Set-Cookie': 'a=1' }))
    assert.is((await page.get()).headers.get('set-cookie'), null)
  }),

  both('T72 a ttl override counts from the fetch, whatever the age of the answer', async (world) => {
    const page = world.resource(ok('max-age=60', 'body', { Age: '30' }))
    const read: number[] = []
    await page.get({
      cacheOverride: { ttl: 10 },
      afterSend: ({ age, maxAge, ttl }) => void read.push(age, maxAge, ttl),
    })
    assert.equal(read, [30, 40, 10])
    const { response } = await page.get()
    assert.equal([response.age, response.ttl], [30, 10])
    await world.advance(9999)
    assert.is((await page.get()).response.wasCached, true)
    await world.advance(1)
    assert.is((await page.get()).response.wasCached, false)
  }),

  both('T73 a ttl override does not make a no-store answer storable', async (world) => {
    const page = world.resource(ok('no-store'))
    await page.get({ cacheOverride: { ttl: 60 } })
    const { objects, markers } = world.stats.transactions
    assert.equal({ objects, markers }, { objects: 0, markers: 1 })
    assert.is((await page.get({ cacheOverride: { ttl: 60 } })).response.wasCached, false)
  }),

  both(
    'T74 an override that beforeSend sets applies; a change of the caller’s object after the call does not',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const override = { ttl: 10 }
      const pending = page.send({
        cacheOverride: override,
        beforeSend(request) {
          assert.equal(request.cacheOverride, { ttl: 10 })
          request.cacheOverride = { ttl: 20 }
        },
      })
      override.ttl = 99
      assert.is((await told(pending)).response.ttl, 20)
      const other = world.resource(ok('max-age=60'))
      const later = { ttl: 10 }
      const unhooked = other.send({ cacheOverride: later })
      later.ttl = 99
      assert.is((await told(unhooked)).response.ttl, 10)
    },
  ),

  both('T75 replacing no-store in a hook does not make an answer storable; setCacheable does', async (world) => {
    const answer = ok('no-store', 'body')
    const allow = (candidate: CandidateResponse) => candidate.headers.set('cache-control', 'max-age=60')
    assert.is((await isStored(world, answer, allow)).stored, false)
    const decide = (candidate: CandidateResponse) => {
      allow(candidate)
      candidate.setCacheable()
    }
    assert.is((await isStored(world, answer, decide)).stored, true)
  }),

  both('T76 the headers count as they stand after afterSend, whatever the hook read before', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const read: number[] = []
    await page.get({
      afterSend(candidate) {
        read.push(candidate.ttl)
        candidate.headers.set('cache-control', 'max-age=2')
        read.push(candidate.ttl)
      },
    })
    assert.equal(read, [60, 2])
    await world.advance(1999)
    assert.is((await page.get()).headers.get('cache-control'), 'max-age=2')
    await world.advance(1)
    assert.is((await page.get()).response.wasCached, false)
  }),

  both(
    'T78 a transformed body has no declared length, and leader, waiter and later request get the same bytes',
    async (world) => {
      const page = world.resource(ok('max-age=60', 'ab'))
      const transforming = { afterSend: transformedBy(doubling) }
      const gate = page.hold()
      const leader = page.start(transforming)
      await page.arrived(1)
      const waiter = page.start(transforming)
      await world.waiting(1)
      gate.open()
      const fetched = await told(leader)
      assert.equal([fetched.body, fetched.headers.get('content-length')], ['abab', null])
      assert.is((await told(waiter)).body, 'abab')
      const later = await page.get()
      assert.equal([later.body, later.headers.get('content-length')], ['abab', '4'])
      assert.is(page.fetches, 1)
    },
  ),

  both(
    'T79 a transform that throws midway breaks the body for leader and waiter, and the next lookup misses',
    async (world) => {
      const page = world.resource(ok('max-age=60', 'ab'))
      const breaking = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
        for await (const chunk of chunks) {
          yield chunk
          throw new Error('no')
        }
      }
      const gate = page.hold()
      const leader = page.start({ afterSend: transformedBy(breaking) })
      await page.arrived(1)
      const waiter = page.start()
      await world.waiting(1)
      gate.open()
      for (const pending of [leader, waiter]) {
        const response = await pending
        assert.is(new TextDecoder().decode(await response.read()), 'ab')
        const failure = await response.read().then(
          () => 'a clean end',
          (error: { code: string }) => error.code,
        )
        assert.is(failure, 'Custom')
      }
      assert.is((await page.get()).response.wasCached, false)
      assert.is(page.fetches, 2)
    },
  ),

  both(
    'T80 surrogate keys come from override, header and URL; setting them replaces all but that of the URL',
    async (world) => {
      const page = world.resource(ok('max-age=60', 'body', { 'Surrogate-Key': 'from-header other' }))
      const fill = (init: SendInit = {}) => page.get({ cacheOverride: { surrogateKey: 'from-override' }, ...init })
      for (const target of [{ surrogateKey: 'from-header' }, { surrogateKey: 'from-override' }, { url: page.url }]) {
        assert.is((await fill()).headers.get('surrogate-key'), null)
        assert.is((await fill()).response.wasCached, true)
        assert.is(await world.cache.purge(target), 1)
      }
      const own = (candidate: CandidateResponse) => {
        candidate.surrogateKeys = ['own']
      }
      await fill({ afterSend: own })
      assert.is(await world.cache.purge({ surrogateKey: 'from-header' }), 0)
      assert.is(await world.cache.purge({ surrogateKey: 'from-override' }), 0)
      const { surrogateKeys } = (await page.get()).response
      assert.equal([surrogateKeys.length, surrogateKeys.includes('own')], [2, true])
      assert.is(await world.cache.purge({ surrogateKey: 'own' }), 1)
    },
  ),

  both('2.5 a fetch that fails does not run afterSend, and leaves no object behind', async (world) => {
    const page = world.resource(closesBeforeHeaders)
    let runs = 0
    await page.get({ afterSend: () => void runs++ }).catch(() => {})
    assert.equal([runs, world.stats.transactions.objects], [0, 0])
  }),
]
