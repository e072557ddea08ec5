/** What becomes of a body that nobody reads any more, or that comes faster than it is read and cannot be kept. */

import { race, run, until } from 'effection'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type HttpResponse, openCache } from '../../../lib/index.js'
import { SILENCE } from '../../kit/answer.js'
import { Barrier } from '../../kit/barrier.js'
import { type OriginRequest, startOrigin } from '../../kit/origin.js'
import { begun, openStage, PLACES } from '../stage.js'

const LONG_AGO = 'Thu, 01 Jan 2015 00:00:00 GMT'

function isConditional({ header }: OriginRequest): boolean {
  return (header('if-none-match') ?? header('if-modified-since')) !== undefined
}

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('unread', place)

  for (const said of ['nothing', 'no-cache', 'max-age=0'])
    test(`an endless body without freshness (Cache-Control: ${said}) is hung up on once its last reader has left`, async () => {
      const path = `/events/${said}`
      const more = new Barrier()
      const gate = origin.hold(path)
      origin.on(path, {
        headers: said === 'nothing' ? {} : { 'Cache-Control': said },
        body: ['begin', more, ' more', new Barrier()],
      })
      const asked = [cache.send(origin.url(path)), cache.send(origin.url(path))]
      const both = Promise.all(asked)
      while (cache.stats().transactions.waiting === 0) await new Promise(setImmediate)
      gate.open()
      const [one, other] = (await both) as [HttpResponse, HttpResponse]
      await begun(one)
      await begun(other)
      one.cancel()
      more.open()
      assert.is(String(Buffer.from((await other.read()) ?? [])), ' more')
      other.cancel()
      await origin.hungUp(path)
      await idle()
      assert.is(origin.count(path), 1)
      assert.is(cache.stats().transactions.objects, 0)
    })

  test('an abort hangs up on a body of which nothing was read', async () => {
    origin.on('/aborted', { body: ['begin', new Barrier()] })
    const controller = new AbortController()
    await cache.fetch(origin.url('/aborted'), { signal: controller.signal })
    controller.abort()
    await origin.hungUp('/aborted')
    await idle()
  })

  const wholes = {
    text: (of: HttpResponse) => of.text(),
    json: (of: HttpResponse) => of.json(),
    bytes: (of: HttpResponse) => of.bytes(),
  }
  for (const [what, whole] of Object.entries(wholes)) {
    test(`cancelling ${what}() gives the body back, before it has begun to read and in the middle`, async () => {
      for (const how of ['before it has begun', 'in the middle'] as const) {
        const path = `/given-up/${what}/${how.length}`
        origin.on(path, { body: ['begin', new Barrier()] })
        const reading = whole(await cache.send(origin.url(path)))
        if (how === 'in the middle') assert.is(reading.poll().ready, false)
        reading.cancel()
        await origin.hungUp(path)
        await idle()
      }
    })
  }

  test('a scope that ends while it reads a body as a whole gives it back', async () => {
    origin.on('/scoped', { body: ['begin', new Barrier()] })
    const first = await run(function* () {
      const response = yield* cache.send(origin.url('/scoped'))
      return yield* race([response.text(), until(origin.begun('/scoped'))])
    })
    assert.is(first, undefined)
    await origin.hungUp('/scoped')
    await idle()
  })

  test('cancelling one read() leaves the rest of the body to be read', async () => {
    const more = new Barrier()
    origin.on('/next', { body: ['begin', more, 'end'] })
    const response = await cache.send(origin.url('/next'))
    await begun(response)
    const next = response.read()
    assert.is(next.poll().ready, false)
    next.cancel()
    more.open()
    assert.is(String(Buffer.from((await response.read()) ?? [])), 'end')
    assert.is(await response.read(), undefined)
  })

  for (const [what, headers, fetches] of [
    ['fresh', { 'Cache-Control': 'max-age=60' }, 1],
    ['to be validated', { 'Cache-Control': 'no-cache', ETag: '"1"' }, 1],
    ['to be validated by its time', { 'Cache-Control': 'no-cache', 'Last-Modified': LONG_AGO }, 1],
    ['usable while stale', { 'Cache-Control': 'max-age=0, stale-while-revalidate=60' }, 2],
  ] as const)
    test(`a body that later requests can use is fetched to its end, though nobody reads it: ${what}`, async () => {
      const path = `/later/${encodeURIComponent(what)}`
      const more = new Barrier()
      origin.on(path, (request) =>
        isConditional(request) ? { status: 304, headers } : { headers, body: ['begin', more, ' end'] },
      )
      const response = await cache.send(origin.url(path))
      await begun(response)
      response.cancel()
      more.open()
      await idle()
      const later = await cache.send(origin.url(path))
      assert.is(await later.text(), 'begin end')
      await later.revalidation
      const whole = origin.requestsOf(path).filter((request) => !isConditional(request))
      assert.is(whole.length, fetches)
    })

  test.run()
}

const test = suite('unread')
const CHUNK_BYTES = 16 * 1024
const CHUNKS = 500

/** An origin of `CHUNKS` chunks, and how many of them were taken so far. */
function source(headers: Record<string, string>) {
  const taken = { chunks: 0 }
  const cache = openCache({
    store: { kind: 'memory', maxBytes: 4 * CHUNK_BYTES },
    fetch: async () => {
      const body = new ReadableStream({
        pull(controller) {
          if (taken.chunks === CHUNKS) return controller.close()
          taken.chunks++
          controller.enqueue(new Uint8Array(CHUNK_BYTES))
        },
      })
      return new Response(body, { headers })
    },
  })
  return { cache, taken }
}

for (const [what, headers] of [
  ['whose length is declared', { 'Cache-Control': 'max-age=60', 'Content-Length': String(CHUNKS * CHUNK_BYTES) }],
  ['that outgrows the store', { 'Cache-Control': 'max-age=60' }],
  ['that would be stale at once', {}],
] as const)
  test(`a body that the store cannot hold is taken from its origin no faster than it is read: one ${what}`, async () => {
    const { cache, taken } = source(headers as Record<string, string>)
    const response = await cache.send('http://origin.test/large')
    for (let turns = 0; turns < CHUNKS; turns++) await new Promise(setImmediate)
    assert.ok(taken.chunks < 50, `${taken.chunks} chunks were taken, and none was read`)
    let bytes = 0
    for await (const chunk of response) bytes += chunk.byteLength
    assert.is(bytes, CHUNKS * CHUNK_BYTES)
    await cache.close()
  })

test('the fastest reader of a body sets its pace, and the slowest reader gets all of it', async () => {
  const { cache, taken } = source({ 'Cache-Control': 'max-age=60' })
  const asked = [cache.send('http://origin.test/large'), cache.send('http://origin.test/large')] as const
  const [fast, slow] = [await asked[0], await asked[1]]
  assert.is((await fast.bytes()).byteLength, CHUNKS * CHUNK_BYTES)
  assert.is((await slow.bytes()).byteLength, CHUNKS * CHUNK_BYTES)
  assert.is(taken.chunks, CHUNKS)
  await cache.close()
})

test('cancelling a response ends the transform on its way into the store, and the fetch, though no more bytes come', async () => {
  await using origin = await startOrigin()
  const cache = openCache()
  const left = new Barrier()
  origin.on('/transformed', { body: ['begin', SILENCE] })
  const response = await cache.send(origin.url('/transformed'), {
    afterSend(candidate) {
      candidate.bodyTransform = async function* (chunks) {
        try {
          yield* chunks
        } finally {
          left.open()
        }
      }
    },
  })
  await begun(response)
  response.cancel()
  await left.opened
  await origin.hungUp('/transformed')
  await cache.close()
})

test.run()
