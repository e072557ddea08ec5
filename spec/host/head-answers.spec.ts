/** What the answer to a HEAD does to the stored object (RFC 9111 4.3.5). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CacheOptions, type CandidateResponse, openCache } from '../../lib/index.js'
import type { Answer, HttpAnswer } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

const STORED: HttpAnswer = {
  headers: { 'Cache-Control': 'max-age=60', ETag: '"1"', 'X-Own': 'old', 'Surrogate-Key': 'mine' },
  body: 'stored',
}

/** An object is stored, and remembered by a thread that has hit it; 30 seconds later a HEAD goes past the cache. */
async function asked(answer: Answer, options: CacheOptions = {}, headers: Record<string, string> = {}) {
  const origin = await startOrigin()
  const clock = new TestClock()
  const cache = openCache({ clock, ...options })
  origin.on('/', (request) => (request.method === 'HEAD' ? answer : STORED))
  for (const _ of [1, 2]) await (await cache.send(origin.url('/'))).text()
  clock.advance(30_000)
  const before = cache.stats().transactions
  await cache.send(origin.url('/'), { method: 'HEAD', cacheOverride: 'pass', headers })
  return {
    origin,
    cache,
    clock,
    before,
    get: async () => {
      const response = await cache.send(origin.url('/'))
      assert.is(await response.text(), 'stored')
      const { source, ttl, headers } = response
      return [source, ttl, headers.get('x-own'), headers.get('content-length')]
    },
    async [Symbol.asyncDispose]() {
      assert.is(cache.stats().transactions.obligations, 0)
      await cache.close({ drainMs: 0 })
      await origin[Symbol.asyncDispose]()
    },
  }
}

const said = (headers: Record<string, string>, status = 200): Answer => ({
  status,
  headers: { 'Cache-Control': 'max-age=100', 'Content-Length': '6', ...headers },
})

test('RFC 9111 4.3.5: a HEAD renews the fields and the freshness of the stored object, and its body stays', async () => {
  await using world = await asked(said({ ETag: '"1"', 'X-Own': 'new' }))
  assert.equal(await world.get(), ['hit', 100, 'new', '6'])
  assert.is(world.origin.count('/'), 2)
})

test('a HEAD past the cache counts as no lookup and leads nobody, whatever it does to the stored object', async () => {
  for (const [tag, updates] of [
    ['"1"', 1],
    ['"2"', 0],
  ] as const) {
    await using world = await asked(said({ ETag: tag }))
    const { outcomes, led, updates: updated } = world.cache.stats().transactions
    assert.equal([outcomes, led, updated], [world.before.outcomes, world.before.led, updates])
  }
})

test('an object that a HEAD makes stale is stale also for a thread that remembered it', async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  origin.on('/', ({ method }) => ({
    ...STORED,
    headers: { 'Cache-Control': 'max-age=60', ETag: method === 'HEAD' ? '"2"' : '"1"' },
  }))
  const get = async () => (await cache.send(origin.url('/'))).source
  assert.equal([await get(), await get(), await get()], ['insert', 'hit', 'hit'])
  await cache.send(origin.url('/'), { method: 'HEAD', cacheOverride: 'pass' })
  assert.is(await get(), 'insert')
})

test('a HEAD past the cache during a fetch is answered, changes nothing, and waits for nobody', async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  const stale = { 'Cache-Control': 'max-age=0', ETag: '"1"' }
  const gate = new Barrier()
  origin.on('/', async ({ method }, nth) => {
    if (method === 'GET' && nth > 1) await gate.opened
    return { headers: stale, body: 'stored' }
  })
  await (await cache.send(origin.url('/'))).text()
  const leader = cache.send(origin.url('/'))
  leader.then(undefined, () => {})
  await origin.arrived('/', 2)
  const before = cache.stats().transactions
  assert.is((await cache.send(origin.url('/'), { method: 'HEAD', cacheOverride: 'pass' })).status, 200)
  assert.equal(cache.stats().transactions, before)
  gate.open()
  assert.is(await (await leader).text(), 'stored')
})

test('a HEAD that renews an object keeps its surrogate keys', async () => {
  await using world = await asked(said({ ETag: '"1"' }))
  assert.is(await world.cache.purge({ surrogateKey: 'mine' }), 1)
})

test('a HEAD that renews an object keeps it for the requests for which a hook has stored it', async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  origin.on('/', ({ method, header }) =>
    method === 'HEAD' ? said({ ETag: '"1"' }) : { ...STORED, body: `${header('x-a')}` },
  )
  const one = { headers: { 'x-a': 'stored' } }
  const byA = (candidate: CandidateResponse) => {
    candidate.vary = ['x-a']
  }
  await (await cache.send(origin.url('/'), { ...one, afterSend: byA })).text()
  await cache.send(origin.url('/'), { ...one, method: 'HEAD', cacheOverride: 'pass' })
  assert.is(cache.stats().transactions.updates, 1)
  assert.is(await (await cache.send(origin.url('/'), { headers: { 'x-a': 'second' } })).text(), 'second')
})

for (const [title, headers] of [
  ['another tag', { ETag: '"2"' }],
  ['another length', { ETag: '"1"', 'Content-Length': '7' }],
  ['a date that is not stored', { 'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT' }],
  ['no leave to store', { ETag: '"1"', 'Cache-Control': 'no-store' }],
] as const) {
  test(`RFC 9111 4.3.5: a HEAD with ${title} makes the stored object stale`, async () => {
    await using world = await asked(said(headers))
    assert.equal(await world.get().then(([source]) => source), 'insert')
  })
}

for (const [title, answer, options, headers] of [
  ['an error', said({ ETag: '"2"' }, 503), {}, {}],
  ['a 304', said({ ETag: '"2"' }, 304), {}, { 'if-none-match': '"2"' }],
  ['policy fastly', said({ ETag: '"2"' }), { policy: 'fastly' }, {}],
  ['no-store in the request', said({ ETag: '"1"', 'X-Own': 'new' }), {}, { 'cache-control': 'no-store' }],
] as const) {
  test(`a HEAD leaves the stored object as it is: ${title}`, async () => {
    await using world = await asked(answer, options, headers)
    assert.equal(await world.get(), ['hit', 30, 'old', '6'])
  })
}

test('a HEAD of a URL that is not stored stores nothing', async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  origin.on('/', STORED)
  await cache.send(origin.url('/'), { method: 'HEAD', cacheOverride: 'pass' })
  assert.is(cache.stats().transactions.objects, 0)
})

test('a HEAD with Authorization leaves the object stored for others as it is', async () => {
  await using world = await asked(said({ ETag: '"2"' }), {}, { authorization: 'secret' })
  assert.equal(await world.get(), ['hit', 30, 'old', '6'])
})

test.run()
