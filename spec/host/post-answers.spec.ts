/** Which answers to POST a later GET may have (RFC 9110 9.3.3). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CacheOptions, openCache } from '../../lib/client/open-cache.js'
import { type Answer, RESET } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'

const ANSWER: Answer = { headers: { 'Content-Location': '/', 'Cache-Control': 'max-age=60' }, body: 'posted' }

async function posted(answer: Answer, options: CacheOptions = {}) {
  const origin = await startOrigin()
  const cache = openCache(options)
  origin.on('/', (request) => (request.method === 'POST' ? answer : { body: 'got' }))
  const response = await cache.send(origin.url('/'), { method: 'POST', body: 'x' })
  return {
    origin,
    response,
    cache,
    get: async () => (await cache.send(origin.url('/'))).text(),
    async [Symbol.asyncDispose]() {
      await cache.close({ drainMs: 0 })
      await origin[Symbol.asyncDispose]()
    },
  }
}

test('RFC 9110 9.3.3: a fresh answer to POST with Content-Location answers a later GET, and no later POST', async () => {
  await using world = await posted(ANSWER)
  assert.is(await world.response.text(), 'posted')
  assert.is(world.response.source, 'direct')
  assert.is(await world.get(), 'posted')
  assert.is(world.origin.count('/'), 1)
  await (await world.cache.send(world.origin.url('/'), { method: 'POST' })).text()
  assert.is(world.origin.count('/'), 2)
})

test('a POST whose answer is stored counts as no lookup, and leads nobody', async () => {
  await using world = await posted(ANSWER)
  const { outcomes, led, inserts } = world.cache.stats().transactions
  assert.equal([outcomes.lead, led, inserts], [0, 0, 1])
})

for (const [what, headers] of [
  ['is private', { 'Content-Location': '/', 'Cache-Control': 'max-age=60, private' }],
  ['has no Content-Location', { 'Cache-Control': 'max-age=60' }],
] as const) {
  test(`an answer to POST that ${what} answers no GET`, async () => {
    await using world = await posted({ headers, body: 'posted' })
    assert.is(await world.response.text(), 'posted')
    assert.is(await world.get(), 'got')
  })
}

test('under fastly no answer to POST is stored', async () => {
  await using world = await posted(ANSWER, { policy: 'fastly' })
  assert.is(await world.response.text(), 'posted')
  assert.is(await world.get(), 'got')
})

test('an answer to POST during a fetch by GET is not stored, and its request waits for nobody', async () => {
  await using origin = await startOrigin()
  await using cache = openCache()
  const held = new Barrier()
  origin.on('/', async ({ method }) => {
    if (method === 'POST') return ANSWER
    await held.opened
    return { headers: { 'Cache-Control': 'max-age=60' }, body: 'got' }
  })
  const get = cache.send(origin.url('/'))
  get.poll()
  await origin.arrived('/')
  const before = cache.stats().transactions
  assert.is(await (await cache.send(origin.url('/'), { method: 'POST' })).text(), 'posted')
  // What is fetched may be from before the POST.
  assert.equal(cache.stats().transactions, { ...before, rememberedPurges: 1 })
  held.open()
  assert.is(await (await get).text(), 'got')
})

test('where a POST invalidates nothing, its answer still replaces an older object, and is no hit', async () => {
  await using origin = await startOrigin()
  await using cache = openCache({ policy: { invalidation: false } })
  origin.on('/', ({ method }) =>
    method === 'POST' ? ANSWER : { headers: { 'Cache-Control': 'max-age=60' }, body: 'got' },
  )
  const url = origin.url('/')
  assert.is(await (await cache.send(url)).text(), 'got')
  assert.is(await (await cache.send(url, { method: 'POST' })).text(), 'posted')
  assert.is(cache.stats().transactions.outcomes.hit, 0)
  const got = await cache.send(url)
  assert.equal([await got.text(), got.hits], ['posted', 1])
})

test('an answer to POST whose body breaks off is not stored, and fails its own reader', async () => {
  const sent = new Barrier()
  await using world = await posted({ ...ANSWER, body: ['half', sent, RESET] })
  assert.equal(await world.response.read(), new TextEncoder().encode('half'))
  sent.open()
  await world.response.read().then(
    () => assert.unreachable(),
    (failure: { code: string }) => assert.is(failure.code, 'ConnectionTerminated'),
  )
  assert.is(await world.get(), 'got')
})

test.run()
