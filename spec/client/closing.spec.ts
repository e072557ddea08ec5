/** A cache that closes waits for background fetches, detached requests and readers of what is stored, and ends all else. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache, startHost, type TidewaitError } from '../../lib/index.js'
import { neverAnswers } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { startFront } from '../kit/front.js'
import { startOrigin } from '../kit/origin.js'

const test = suite('closing')
const origin = await startOrigin()
test.after(() => origin[Symbol.asyncDispose]())

/** As many turns as a close takes before it ends what is left. */
async function someTurns(): Promise<void> {
  for (let nth = 0; nth < 10; nth++) await new Promise(setImmediate)
}

for (const [kind, headers] of Object.entries({
  'is stored as it comes': { 'Cache-Control': 'max-age=60' },
  'is not stored': { 'Cache-Control': 'no-store' },
})) {
  const path = `/${kind.replaceAll(' ', '-')}`

  test(`a body that ${kind} and that nobody reads does not hold up the close, and its connection ends`, async () => {
    origin.on(path, { headers, body: ['start', new Barrier()] })
    const cache = openCache()
    await cache.send(origin.url(path))
    await cache.fetch(origin.url(`${path}?fetched`))
    // Not within any time: it would wait for ever if it did.
    await cache.close({ drainMs: Number.POSITIVE_INFINITY })
    await origin.hungUp(path, 2)
    assert.equal(cache.stats().sends.active, 0)
    assert.equal(cache.stats().handles, 0)
  })

  test(`a reader of a body that ${kind} gets what came before the close, and then a failure`, async () => {
    origin.on(path, { headers, body: ['start', new Barrier()] })
    const cache = openCache()
    const response = await cache.send(origin.url(path))
    const fetched = await cache.fetch(origin.url(`${path}?fetched`))
    const reader = fetched.body?.getReader()
    assert.is(Buffer.from((await response.read()) ?? []).toString(), 'start')
    assert.is(Buffer.from((await reader?.read())?.value ?? []).toString(), 'start')
    const reads = [failureOf(response.read()), failureOf(reader?.read() as Promise<unknown>)] as const
    await cache.close({ drainMs: 0 })
    const [ours, theirs] = await Promise.all(reads)
    assert.equal([ours.code, (ours.cause as TidewaitError).code], ['Cancelled', 'Closed'])
    const { name, message, cause } = theirs
    assert.equal([name, message, (cause as TidewaitError).code], ['TypeError', 'terminated', 'Closed'])
  })
}

for (const [where, open] of Object.entries({
  'in this thread': async () => ({ cache: openCache(), end: async () => {} }),
  'in another thread': async () => {
    const host = await startHost()
    return { cache: host.connect(), end: () => host.close() }
  },
})) {
  test(`reading a fetched body after the cache ${where} was closed fails with Closed`, async () => {
    origin.on('/late', { headers: { 'Cache-Control': 'max-age=60' }, body: 'a page' })
    const { cache, end } = await open()
    const fetched = await cache.fetch(origin.url('/late'))
    const sent = await cache.send(origin.url('/late'))
    await cache.close()
    const { name, message, cause } = await failureOf(fetched.text())
    assert.equal([name, message, (cause as TidewaitError).code], ['TypeError', 'terminated', 'Closed'])
    assert.throws(
      () => sent.text(),
      (failure: TidewaitError) => failure.code === 'Closed',
    )
    await end()
  })
}

test('close waits for a body that is fetched in the background', async () => {
  const more = new Barrier()
  origin.on('/background', (_request, nth) =>
    nth === 1
      ? { headers: { 'Cache-Control': 'max-age=0, stale-while-revalidate=60' }, body: 'old' }
      : { headers: { 'Cache-Control': 'max-age=60' }, body: ['new', more, 'er'] },
  )
  const cache = openCache()
  await (await cache.send(origin.url('/background'))).text()
  const { revalidation } = await cache.send(origin.url('/background'))
  await origin.arrived('/background', 2)
  while (cache.stats().transactions.obligations > 0) await new Promise(setImmediate)
  const closed = cache.close({ drainMs: Number.POSITIVE_INFINITY })
  assert.is(revalidation?.poll().ready, false)
  more.open()
  await revalidation
  await closed
})

test('close does not wait for a reader of a body that is not stored', async () => {
  origin.on('/passing', { headers: { 'Cache-Control': 'no-store' }, body: ['start', new Barrier()] })
  const cache = openCache()
  const reading = failureOf((await cache.send(origin.url('/passing'))).text())
  await cache.close({ drainMs: Number.POSITIVE_INFINITY })
  assert.is((await reading).code, 'Cancelled')
})

test('a close whose time is over before its first look at what is left ends all the same', async () => {
  origin.on('/over', { headers: { 'Cache-Control': 'max-age=60' }, body: ['start', new Barrier()] })
  const cache = openCache()
  const reading = failureOf((await cache.send(origin.url('/over'))).text())
  // From here on timers come before the next turn, and the close's own is due by then.
  await new Promise(setImmediate)
  const closed = cache.close({ drainMs: 1 })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  await closed
  assert.is((await reading).code, 'Cancelled')
})

const host = await startHost()
test.after(() => host.close())

for (const [where, open] of Object.entries({ here: openCache, 'over a host': () => host.connect() })) {
  test(`close waits until each reader of a stored body has read all of it (${where})`, async () => {
    const [path, more, last] = [`/stored-${where.length}`, new Barrier(), new Barrier()]
    origin.on(path, { headers: { 'Cache-Control': 'max-age=60' }, body: ['one ', more, 'two ', last, 'three'] })
    const cache = open()
    const whole = (await cache.send(origin.url(path))).text()
    const fetched = (await cache.fetch(origin.url(path))).text()
    const inChunks = await cache.send(origin.url(path))
    assert.is(Buffer.from((await inChunks.read()) ?? []).toString(), 'one ')
    const next = inChunks.read()
    let state = 'closing'
    const closed = cache.close({ drainMs: Number.POSITIVE_INFINITY }).then(() => {
      state = 'closed'
    })
    more.open()
    assert.is(Buffer.from((await next) ?? []).toString(), 'two ')
    const rest = inChunks.read()
    assert.is(state, 'closing')
    last.open()
    assert.equal([await whole, await fetched], ['one two three', 'one two three'])
    assert.is(Buffer.from((await rest) ?? []).toString(), 'three')
    await closed
  })

  for (const [kind, init] of Object.entries({ 'through the cache': {}, 'past it': { method: 'POST', body: 'told' } })) {
    const path = `/alone-${where.length}-${kind.length}`

    test(`close waits for a detached request ${kind} (${where})`, async () => {
      const answered = new Barrier()
      origin.on(path, async () => {
        await answered.opened
        return { headers: { 'Cache-Control': 'max-age=60' } }
      })
      const cache = open()
      const pending = cache.send(origin.url(path), init)
      pending.detach()
      await origin.arrived(path)
      const closed = cache.close({ drainMs: Number.POSITIVE_INFINITY })
      await someTurns()
      assert.is(pending.poll().ready, false)
      answered.open()
      await closed
      assert.is(pending.wait().status, 200)
    })

    test(`close cancels a detached request ${kind} when its time is over (${where})`, async () => {
      origin.on(`${path}/late`, neverAnswers)
      const cache = open()
      const pending = cache.send(origin.url(`${path}/late`), init)
      pending.detach()
      await origin.arrived(`${path}/late`)
      await cache.close({ drainMs: 1 })
      assert.is((await failureOf(pending)).code, 'Cancelled')
    })
  }

  test(`close waits until a client has the whole answer to a request that was handed to it (${where})`, async () => {
    const [path, more] = [`/handed-${where.length}`, new Barrier()]
    origin.on(path, { body: ['hand', more, 'ed'] })
    const cache = open()
    await using front = await startFront((_request, response) => {
      cache.send(origin.url(path), { cacheOverride: 'pass' }).sendToClient(response).poll()
    })
    const answered = front.get()
    await origin.arrived(path)
    const closed = cache.close({ drainMs: Number.POSITIVE_INFINITY })
    await someTurns()
    more.open()
    const { status, body } = await answered
    assert.equal([status, body], [200, 'handed'])
    await closed
  })

  test(`a close that ends before the answer to a handed request gives the client a 503 (${where})`, async () => {
    const path = `/handed-late-${where.length}`
    origin.on(path, neverAnswers)
    const cache = open()
    await using front = await startFront((_request, response) => {
      cache.send(origin.url(path), { cacheOverride: 'pass' }).sendToClient(response).poll()
    })
    const answered = front.get()
    await origin.arrived(path)
    await cache.close({ drainMs: 0 })
    assert.is((await answered).status, 503)
  })
}

test.run()
