/** What is too much for the proxy is refused with a status, and harms no other client. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createProxy } from '../../lib/proxy/index.js'
import { closesBeforeHeaders, neverAnswers } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { closedPort } from '../kit/closed-port.js'
import { refuses } from '../kit/refused.js'
import { get, parse, request, serving, valuesOf } from './fixture.js'

test('a head beyond maxHeadBytes is answered 431', async () => {
  await using served = await serving({ maxHeadBytes: 1024 })
  assert.is(parse(await served.exchange(get('/', `X: ${'a'.repeat(900)}`))).status, 404)
  assert.is(parse(await served.exchange(get('/', `X: ${'a'.repeat(1100)}`))).status, 431)
})

test('all octets of a head count: names, values, and the space around them', async () => {
  await using served = await serving({ maxHeadBytes: 1024 })
  served.origin.on('/', { body: 'hello' })
  assert.is(parse(await served.exchange(get('/', ...Array(100).fill('a:')))).status, 200)
  assert.is(parse(await served.exchange(get('/', ...Array(300).fill('a:')))).status, 431)
  assert.is(parse(await served.exchange(get('/', `a: ${' '.repeat(1024)}b`))).status, 431)
})

for (const [what, before] of Object.entries({
  'is new': '',
  'had a chunked body': `${request('POST /', 'Transfer-Encoding: chunked')}1\r\na\r\n0\r\n\r\n`,
})) {
  test(`a head that never ends is answered 431, though the parser counts none of it, on a connection that ${what}`, async () => {
    await using served = await serving({ maxHeadBytes: 1024 })
    served.origin.on('/', { body: 'hello' })
    const client = await served.client()
    if (before !== '') {
      client.write(before)
      await client.until('hello')
    }
    client.write('GET / HTTP/1.1\r\nHost: proxy\r\nX:')
    while (client.socket.writable && !client.received.includes('431 ')) {
      client.write(' '.repeat(1024))
      await setImmediate()
    }
    await client.until('431 ')
  })
}

test('an upload that was answered early goes on, is not taken for a head, and the next request is answered', async () => {
  const early = createServer(({ method }, response) => response.end(method === 'POST' ? 'early' : 'hello'))
  await once(early.listen(0, '127.0.0.1'), 'listening')
  const { port } = early.address() as AddressInfo
  await using served = await serving({ origin: `http://127.0.0.1:${port}`, maxHeadBytes: 1024 })
  const client = await served.client()
  client.write(`${request('POST /', 'Content-Length: 8192')}${'a'.repeat(2048)}`)
  await client.until('early')
  for (let times = 0; times < 3; times++) {
    client.write('a'.repeat(2048))
    await setImmediate()
  }
  client.write(get('/'))
  await client.until('hello')
  early.closeAllConnections()
  early.close()
})

test('requests behind the last one of a connection are not refused for their length', async () => {
  await using served = await serving({ maxHeadBytes: 1024 })
  const rest = new Barrier()
  served.origin.on('/', { body: ['one', rest, 'two'] })
  const held = served.origin.hold('/')
  const client = await served.client()
  client.write(get('/'))
  await served.origin.arrived('/')
  const closed = served.proxy.close()
  for (let times = 0; times < 100; times++) {
    client.write(get('/'))
    await setImmediate()
  }
  held.open()
  rest.open()
  assert.match(await client.rest(), /two/)
  await closed
  assert.is(served.proxy.stats().refusedConnections, 0)
})

test('a declared body beyond maxBodyBytes is answered 413 before any of it is read', async () => {
  await using served = await serving({ maxBodyBytes: 3 })
  const { status, lines } = parse(await served.exchange(request('POST /', 'Content-Length: 4')))
  assert.is(status, 413)
  assert.equal(valuesOf(lines, 'connection'), ['close'])
  assert.is(served.origin.requests.length, 0)
})

test('a chunked body beyond maxBodyBytes is answered 413, and reaches no origin', async () => {
  await using served = await serving({ maxBodyBytes: 3 })
  const asked = `${request('POST /', 'Transfer-Encoding: chunked')}2\r\nab\r\n2\r\ncd\r\n`
  assert.is(parse(await served.exchange(asked)).status, 413)
  assert.is(served.origin.requests.length, 0)
})

test('a connection beyond maxConnections is answered 503, and there is room again once another has left', async () => {
  await using served = await serving({ maxConnections: 1 })
  served.origin.on('/', { body: 'hello' })
  const first = await served.client()
  first.write(get('/'))
  await first.until('hello')
  const second = await served.client()
  assert.is(parse(await second.rest()).status, 503)
  first.write(get('/', 'Connection: close'))
  await first.rest()
  assert.is(parse(await served.exchange(get('/'))).status, 200)
  assert.is(served.proxy.stats().refusedConnections, 1)
})

test('each connection beyond the limit is answered 503, also after a thousand others', async () => {
  await using served = await serving({ maxConnections: 1 })
  const first = await served.client()
  for (let nth = 0; nth <= 1000; nth++) {
    const turnedAway = await served.client()
    assert.is(parse(await turnedAway.rest()).status, 503, String(nth))
  }
  first.leave()
})

test('an origin that cannot be reached, or closes without an answer, is a 502', async () => {
  await using served = await serving()
  served.origin.on('/', closesBeforeHeaders)
  const { status, body, lines } = parse(await served.exchange(get('/')))
  assert.equal([status, body], [502, '502 Bad Gateway: ConnectionTerminated\n'])
  assert.equal(valuesOf(lines, 'date').length, 1)
  await using below = await serving({ origin: await closedPort() })
  assert.is(parse(await below.exchange(get('/'))).status, 502)
  assert.is(parse(await below.exchange(request('DELETE /'))).status, 502)
})

test('an origin that takes too long is a 504, through the cache and past it', async () => {
  const slow = await serving()
  await using _origin = slow.origin
  slow.origin.on('/', neverAnswers)
  await using served = await serving({
    origin: slow.origin.base,
    backend: 'slow',
    cache: { backends: { slow: { url: slow.origin.base, firstByteTimeoutMs: 20 } } },
  })
  assert.is(parse(await served.exchange(get('/'))).status, 504)
  assert.is(parse(await served.exchange(request('DELETE /'))).status, 504)
  await slow.proxy.close()
  await slow.cache.close()
})

test('RFC 9111 5.2.1.7: only-if-cached without a stored answer is a 504', async () => {
  await using served = await serving()
  const { status, lines } = parse(await served.exchange(get('/', 'Cache-Control: only-if-cached')))
  assert.equal([status, valuesOf(lines, 'date').length], [504, 1])
  assert.is(served.origin.requests.length, 0)
})

test('a head that does not come within headTimeoutMs is answered 408', async () => {
  await using served = await serving({ headTimeoutMs: 50 })
  const client = await served.client()
  client.write('GET / HTTP/1.1\r\n')
  assert.is(parse(await client.rest()).status, 408)
})

for (const options of [
  { requestTimeoutMs: 10_000 },
  { headTimeoutMs: 1e12 },
  { keepAliveMs: 1e12, requestTimeoutMs: 1e12 },
  { keepAliveMs: 1500.5, headTimeoutMs: 1500.5, requestTimeoutMs: 1500.5 },
  { maxHeadBytes: 9000.5, maxBodyBytes: 0.5, maxConnections: 1.5 },
  {
    maxHeadBytes: Number.POSITIVE_INFINITY,
    headTimeoutMs: Number.POSITIVE_INFINITY,
    keepAliveMs: Number.POSITIVE_INFINITY,
  },
]) {
  test(`limits that Node itself would not take work without a warning: ${Object.entries(options).join(' ')}`, async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on('warning', warned)
    await using served = await serving(options)
    served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
    for (let time = 0; time < 3; time++) assert.is(parse(await served.exchange(get('/', 'X: y'))).body, 'hello')
    const client = await served.client()
    for (const answers of [/hello$/, /hello.*hello$/s, /hello.*hello.*hello$/s]) {
      client.write(get('/'))
      await client.until(answers)
    }
    process.off('warning', warned)
    assert.equal(warnings, [])
  })
}

test('a head has no more time than requestTimeoutMs gives its whole request', async () => {
  await using served = await serving({ requestTimeoutMs: 500 })
  const client = await served.client()
  client.write('GET / HTTP/1.1\r\n')
  assert.is(parse(await client.rest()).status, 408)
})

/** More than any socket holds. */
const LARGE = 32 * 1024 * 1024

for (const [what, headers, sends] of [
  ['is stored loses its connection, and the store gets all of it', { 'Cache-Control': 'max-age=60' }, 1],
  ['is not stored loses its connection, and its fetch ends', { 'Cache-Control': 'no-store' }, 0],
] as const) {
  test(`a client that takes nothing of an answer that ${what}`, async () => {
    await using served = await serving({ sendTimeoutMs: 50 })
    served.origin.on('/', { headers, body: Buffer.alloc(LARGE) })
    const client = await served.client()
    client.write(get('/'))
    await client.until('HTTP/1.1 200')
    client.socket.pause()
    await served.proxy.close({ drainMs: 60_000 })
    client.socket.resume()
    assert.ok((await client.rest()).length < LARGE)
    assert.ok(served.cache.stats().sends.active <= sends)
  })
}

test('a client that takes nothing of answers from in front of the parser loses its connection as well', async () => {
  await using served = await serving({ sendTimeoutMs: 50, keepAliveMs: 50 })
  served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: Buffer.alloc(1000) })
  const known = await served.client()
  for (const answers of [/200 OK/, /200 OK.*200 OK/s]) {
    known.write(get('/'))
    await known.until(answers)
  }
  const client = await served.client()
  client.socket.pause()
  for (let asked = 0; asked < LARGE / 1000; asked++) client.write(get('/'))
  await served.proxy.close({ drainMs: 60_000 })
})

test('a client that waits for a slow origin keeps its connection, though it takes nothing meanwhile', async () => {
  await using served = await serving({ sendTimeoutMs: 20 })
  const held = served.origin.hold('/slow')
  served.origin.on('/slow', { body: 'hello' }).on('/', { body: Buffer.alloc(LARGE) })
  const patient = await served.client()
  patient.write(get('/slow'))
  await served.origin.arrived('/slow')
  for (let time = 0; time < 3; time++) {
    const stalled = await served.client()
    stalled.write(get('/'))
    await stalled.until('HTTP/1.1 200')
    stalled.socket.pause()
    while (served.proxy.stats().connections > 1) await setImmediate()
  }
  held.open()
  assert.match(await patient.until('hello'), /hello$/)
})

test('createProxy refuses invalid options', async () => {
  await using served = await serving()
  const { cache } = served
  const origin = served.origin.base
  for (const options of [
    { origin: 'ftp://a' },
    { origin: `${origin}?a` },
    { origin: 'no' },
    { origin, name: 'two words' },
    { origin, maxBodyBytes: 0 },
    { origin, sendTimeoutMs: 0 },
    { origin, maxHeadBytes: Number.NaN },
    { origin, colour: 1 },
  ]) {
    refuses(() => createProxy(cache, options))
  }
})

test('a connection that only the parser can follow ends after keepAliveMs as well', async () => {
  await using served = await serving({ keepAliveMs: 50 })
  const client = await served.client()
  client.write(`${request('POST /', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`)
  assert.match(await client.rest(), /^HTTP\/1\.1 404 .*connection: keep-alive/is)
})

test.run()
