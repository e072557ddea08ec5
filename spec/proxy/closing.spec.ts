/** How the proxy closes: which requests are served to the end, which are not, and that nothing is left. */

import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type TidewaitError } from '../../lib/index.js'
import { Admin, createProxy } from '../../lib/proxy/index.js'
import { Barrier } from '../kit/barrier.js'
import { TestClock } from '../kit/test-clock.js'
import { get, parse, type Serving, serving, valuesOf } from './fixture.js'

test('close lets requests under way finish, ends idle connections, and takes no new ones', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { body: 'hello' }).on('/idle', { body: 'idle' })
  const [busy, idle] = [await served.client(), await served.client()]
  idle.write(get('/idle'))
  await idle.until('idle')
  busy.write(get('/'))
  await served.origin.arrived('/')
  const closed = served.proxy.close()
  await idle.rest()
  held.open()
  assert.match(await busy.rest(), /hello$/)
  await closed
  assert.is(served.proxy.stats().connections, 0)
  await refusesClients(served)
})

test('a connection on which nothing has come does not hold up the close', async () => {
  await using served = await serving()
  const silent = await served.client()
  await served.exchange(get('/'))
  assert.is(served.proxy.stats().connections, 1)
  await served.proxy.close({ drainMs: Number.POSITIVE_INFINITY })
  assert.is(await silent.rest(), '')
})

test('connections that were made while the thread was busy, before the close began, are answered', async () => {
  await using served = await serving({ networkClock: new TestClock() })
  served.origin.on('/', { body: 'hello' })
  const counts = new Int32Array(new SharedArrayBuffer(12))
  const thread = new Worker(new URL('./callers-thread.js', import.meta.url), {
    workerData: { port: served.port, callers: 20, connected: counts, octets: get('/'), answer: 'hello' },
  })
  const left = once(thread, 'exit')
  Atomics.wait(counts, 1, 0)
  const closed = served.proxy.close()
  await left
  assert.equal([counts[0], counts[2]], [20, 20])
  await closed
})

test('connections that the thread comes to once the grace period is over do not hold up the close', async () => {
  const networkClock = new TestClock()
  await using served = await serving({ networkClock })
  const counts = new Int32Array(new SharedArrayBuffer(12))
  const thread = new Worker(new URL('./callers-thread.js', import.meta.url), {
    workerData: { port: served.port, callers: 20, connected: counts },
  })
  const left = once(thread, 'exit')
  Atomics.wait(counts, 1, 0)
  const closed = served.proxy.close()
  setImmediate(() => networkClock.advance(50))
  await refusesClients(served)
  for (let turns = 0; turns < 1000 && served.proxy.stats().connections > 0; turns++) await turn()
  assert.is(served.proxy.stats().connections, 0)
  await Promise.all([left, closed])
})

test('a request that comes during the close, on a connection that was busy, is told that it is the last', async () => {
  await using served = await serving()
  const rest = new Barrier()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
  served.origin.on('/next', { body: 'next' })
  const client = await served.client()
  client.write(get('/'))
  await client.until('one')
  const closed = served.proxy.close()
  client.write(get('/next'))
  await served.origin.arrived('/next')
  rest.open()
  const answers = await client.rest()
  const last = parse(answers.slice(answers.lastIndexOf('HTTP/1.1')))
  assert.equal([last.body, valuesOf(last.lines, 'connection')], ['next', ['close']])
  await closed
})

test('an answer under way when the close begins says that it is the last, and nothing behind it is read', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: 'hello' }).on('/next', { body: 'next' })
  const client = await served.client()
  client.write(get('/'))
  await served.origin.arrived('/')
  const closed = served.proxy.close()
  client.write(get('/next'))
  await refusesClients(served)
  held.open()
  const { lines, body } = parse(await client.rest())
  assert.equal([valuesOf(lines, 'connection'), body], [['close'], 'hello'])
  await closed
  assert.is(served.origin.count('/next'), 0)
})

for (const [what, headers] of [
  ['a hit of the fast path', { 'Cache-Control': 'max-age=60' }],
  ['one that goes past the cache', { 'Cache-Control': 'no-store' }],
] as const) {
  test(`a client that asks again just as the close begins is answered, and told that it was the last: ${what}`, async () => {
    const clock = new TestClock()
    await using served = await serving({ networkClock: clock })
    served.origin.on('/', { headers, body: 'hello' })
    const [client, other] = [await served.client(), await served.client()]
    client.write(get('/'))
    await client.until(/hello$/)
    other.write(get('/', 'Connection: close'))
    const closed = served.proxy.close()
    await other.rest()
    client.write(get('/'))
    const answers = await client.rest()
    const last = parse(answers.slice(answers.lastIndexOf('HTTP/1.1')))
    assert.equal([last.body, valuesOf(last.lines, 'connection')], ['hello', ['close']])
    await closed
  })
}

test('once the close has begun, an idle connection has 50 ms to ask once more', async () => {
  const clock = new TestClock()
  await using served = await serving({ networkClock: clock })
  const client = await served.client()
  const closed = served.proxy.close()
  clock.advance(50)
  assert.is(await client.rest(), '')
  await closed
})

test('a connection whose answer had begun before the close ends with that answer, however long it could be kept', async () => {
  await using served = await serving({ keepAliveMs: Number.POSITIVE_INFINITY })
  const rest = new Barrier()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
  const [busy, idle] = [await served.client(), await served.client()]
  idle.write(get('/idle'))
  await idle.until('404')
  busy.write(get('/'))
  await busy.until('one')
  const closed = served.proxy.close({ drainMs: Number.POSITIVE_INFINITY })
  await idle.rest()
  rest.open()
  assert.match(await busy.rest(), /two\r\n0\r\n\r\n$/)
  await closed
})

test('a clock that stands still does not hold up the close', async () => {
  await using served = await serving({ clock: new TestClock() })
  const client = await served.client()
  await served.proxy.close()
  assert.is(await client.rest(), '')
})

test('a request that has not finished when the drain is over is ended', async () => {
  await using served = await serving()
  served.origin.hold('/')
  const client = await served.client()
  client.write(get('/'))
  await served.origin.arrived('/')
  await served.proxy.close({ drainMs: 10 })
  assert.is(await client.rest(), '')
})

test('once the cache is closed, a head that the fast path has answered before is refused', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
  const known = await served.client()
  for (const count of [1, 2, 3]) {
    known.write(get('/'))
    await known.until(new RegExp(`^([^]*?hello){${count}}$`))
  }
  await served.cache.close()
  for (const head of [get('/'), get('/', 'X: other')]) {
    const client = await served.client()
    client.write(head)
    assert.is(parse(await client.until('\r\n\r\n')).status, 503)
  }
})

test('a closed proxy does not listen again, and closing twice is closing once', async () => {
  await using served = await serving()
  await Promise.all([served.proxy.close(), served.proxy.close()])
  assert.throws(() => served.proxy.listen(), /closed/)
})

const stats = () => ''
const beginning = {
  'a proxy': (cache: Cache) => createProxy(cache, { origin: 'http://origin.example' }),
  'an admin port': () => new Admin({ stats, explain: async () => Promise.reject(), purge: async () => 0 }),
}

for (const [what, make] of Object.entries(beginning))
  test(`${what} that is closed before it listens fails its listen with Closed`, async () => {
    await using cache = openCache()
    const server = make(cache)
    const listening = Promise.resolve(server.listen()).then(
      () => 'listens',
      (error: TidewaitError) => error.code,
    )
    await server[Symbol.asyncDispose]()
    assert.is(await listening, 'Closed')
  })

/** Resolves once new connections are refused. */
async function refusesClients(served: Serving): Promise<void> {
  for (let refused = false; !refused; ) {
    const client = await served.client().catch(() => undefined)
    client?.socket.destroy()
    refused = client === undefined
  }
}

test.run()
