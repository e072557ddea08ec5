/** What an abort signal ends, before, while and after there is an answer; and that nothing is held then. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'

const test = suite('abort')
const origin = await startOrigin()
const cache = openCache()
test.after(async () => {
  await cache.close()
  await origin[Symbol.asyncDispose]()
})

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.unreachable('it did not fail'),
    (failure: unknown) => failure,
  )

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

const idle = () => {
  const { requests, transactions, sends, handles } = cache.stats()
  return requests.pending + transactions.obligations + transactions.waiting + sends.active + handles === 0
}

for (const [name, reason] of [
  ['the usual reason', undefined],
  ['an error', new Error('enough')],
  ['a text', 'enough'],
] as const) {
  test(`an abort with ${name} before the call rejects with the reason, and nothing is sent`, async () => {
    for (const method of ['GET', 'POST']) {
      const signal = AbortSignal.abort(reason)
      assert.is(await failureOf(cache.fetch(origin.url('/before'), { signal, method })), signal.reason)
      assert.is(await failureOf(cache.fetch(new Request(origin.url('/before'), { signal, method }))), signal.reason)
    }
    assert.is(origin.count('/before'), 0)
  })

  test(`an abort with ${name} while the origin is silent rejects with the reason, and hangs up`, async () => {
    const path = `/silent-${name.replaceAll(' ', '-')}`
    origin.hold(path)
    const controller = new AbortController()
    const answer = failureOf(cache.fetch(origin.url(path), { signal: controller.signal }))
    await origin.arrived(path)
    controller.abort(reason)
    assert.is(await answer, controller.signal.reason)
    await origin.hungUp(path)
    await until(idle)
  })

  test(`an abort with ${name} in the middle of a body fails the body with the reason, and ends the connection`, async () => {
    const path = `/middle-${name.replaceAll(' ', '-')}`
    origin.on(path, { body: ['start', new Barrier()] })
    const controller = new AbortController()
    const response = await cache.fetch(origin.url(path), { signal: controller.signal, cache: 'no-store' })
    const reader = response.body?.getReader()
    assert.is(Buffer.from((await reader?.read())?.value ?? []).toString(), 'start')
    const read = failureOf(reader?.read() as Promise<unknown>)
    controller.abort(reason)
    assert.is(await read, controller.signal.reason)
    await origin.hungUp(path)
    await until(idle)
  })
}

test('a stream that was to be uploaded is cancelled with the reason of an abort before the call', async () => {
  const reasons: unknown[] = []
  const stream = () => new ReadableStream({ cancel: (reason) => void reasons.push(reason) })
  const [signal, method, duplex] = [AbortSignal.abort('before'), 'POST', 'half']
  const url = origin.url('/before')
  assert.is(await failureOf(cache.fetch(url, { method, body: stream(), signal })), 'before')
  assert.is(
    await failureOf(cache.fetch(new Request(url, { method, body: stream(), signal, duplex } as RequestInit))),
    'before',
  )
  assert.equal(reasons, ['before', 'before'])
  const locked = stream()
  locked.getReader()
  assert.is(await failureOf(cache.fetch(url, { method, body: locked, signal })), 'before')
})

test('the body of a Request that was aborted before the call is not read', async () => {
  let reads = 0
  const body = new ReadableStream(
    {
      pull() {
        reads++
      },
    },
    { highWaterMark: 0 },
  )
  const signal = AbortSignal.abort('before')
  const request = new Request(origin.url('/before'), { method: 'POST', body, duplex: 'half', signal } as RequestInit)
  assert.is(await failureOf(cache.fetch(request)), 'before')
  assert.is(reads, 0)
})

test('a waiter that is aborted leaves, and its leader gets the answer', async () => {
  const held = origin.hold('/shared')
  origin.on('/shared', { headers: { 'Cache-Control': 'max-age=60' }, body: 'shared' })
  const leader = cache.fetch(origin.url('/shared'))
  await origin.arrived('/shared')
  const controller = new AbortController()
  const waiter = failureOf(cache.fetch(origin.url('/shared'), { signal: controller.signal }))
  await until(() => cache.stats().transactions.waiting === 1)
  controller.abort()
  assert.is(await waiter, controller.signal.reason)
  held.open()
  assert.is(await (await leader).text(), 'shared')
})

test('an abort between two redirects stops the fetch before the next request', async () => {
  const controller = new AbortController()
  origin.on('/hop', () => {
    controller.abort('between')
    return { status: 302, headers: { Location: '/never', 'Cache-Control': 'no-store' } }
  })
  assert.is(await failureOf(cache.fetch(origin.url('/hop'), { signal: controller.signal })), 'between')
  assert.is(origin.count('/never'), 0)
})

test("a Request's own signal holds on every hop", async () => {
  const controller = new AbortController()
  origin.on('/first', { status: 302, headers: { Location: '/second' } })
  origin.hold('/second')
  const answer = failureOf(cache.fetch(new Request(origin.url('/first'), { signal: controller.signal })))
  await origin.arrived('/second')
  controller.abort()
  assert.is(await answer, await failureOf(Promise.resolve().then(() => controller.signal.throwIfAborted())))
})

test('an abort fails a body in a content coding with the reason, too', async () => {
  const { gzipSync } = await import('node:zlib')
  const start = gzipSync('x'.repeat(1000)).subarray(0, 15)
  origin.on('/coded', { headers: { 'Content-Encoding': 'gzip' }, body: [start, new Barrier()] })
  const controller = new AbortController()
  const response = await cache.fetch(origin.url('/coded'), { signal: controller.signal, cache: 'no-store' })
  const body = failureOf(response.text())
  controller.abort('coded')
  assert.is(await body, 'coded')
  await origin.hungUp('/coded')
})

test('an abort after the body was read to its end changes nothing', async () => {
  origin.on('/late', { body: 'whole' })
  const controller = new AbortController()
  const response = await cache.fetch(origin.url('/late'), { signal: controller.signal })
  assert.is(await response.text(), 'whole')
  controller.abort()
})

test('an abort breaks off one reader of a stored body, and not the others', async () => {
  const rest = new Barrier()
  origin.on('/two', { headers: { 'Cache-Control': 'max-age=60' }, body: ['start', rest, 'end'] })
  const controller = new AbortController()
  const [one, two] = await Promise.all([
    cache.fetch(origin.url('/two'), { signal: controller.signal }),
    cache.fetch(origin.url('/two')),
  ])
  const first = failureOf(one.text())
  const second = two.text()
  controller.abort('one')
  assert.is(await first, 'one')
  rest.open()
  assert.is(await second, 'startend')
})

test.run()
