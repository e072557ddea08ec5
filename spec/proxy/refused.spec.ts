/** A connection that is refused hears why, holds nothing up, and takes nothing down with it. */

import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from '../kit/barrier.js'
import { TestClock } from '../kit/test-clock.js'
import { type Client, get, parse, request, type Serving, serving } from './fixture.js'

const CONNECT = request('CONNECT a:1')
const FLOOD = 'x'.repeat(400_000)

/** A proxy with room for one connection, and that one. */
async function full(): Promise<Serving & { first: Client }> {
  const served = await serving({ maxConnections: 1 })
  served.origin.on('/', { body: 'hello' })
  const first = await served.client()
  first.write(get('/'))
  await first.until(/hello$/)
  return { ...served, first }
}

/** A client that does not go when the proxy has refused it. */
async function stubborn(served: Serving): Promise<Client> {
  const client = await served.client()
  client.socket.allowHalfOpen = true
  return client
}

/** What goes wrong for `client`, which sends on once the proxy has ended its side, until both sides are closed. */
async function failuresOfSendingOn({ socket }: Client): Promise<unknown[]> {
  const failures: unknown[] = []
  socket.on('error', (failure) => failures.push(failure))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'end')
  socket.end(FLOOD.repeat(20))
  await closed
  return failures
}

test('the reset of a connection beyond the limit is no uncaught error', async () => {
  await using served = await full()
  const second = await stubborn(served)
  await second.until(' 503 ')
  second.socket.resetAndDestroy()
  served.first.write(get('/'))
  await served.first.until(/hello.*hello$/s)
})

test('a connection beyond the limit whose client has sent something does not hold up the close', async () => {
  await using served = await full()
  const second = await stubborn(served)
  second.write(get('/') + FLOOD)
  await second.until(' 503 ')
  await served.proxy.close({ drainMs: Number.POSITIVE_INFINITY })
})

for (const [why, status, octets] of [
  ['asks for a tunnel', 501, CONNECT],
  ['sends what is no HTTP', 400, '\0\0\0'],
  ['sends what is no HTTP behind a request', 200, `${get('/')}\0\0\0`],
  ['says two lengths', 400, request('POST /', 'Content-Length: 1', 'Content-Length: 1')],
] as const) {
  test(`a client that ${why}, is refused, and does not go, is ended`, async () => {
    const clock = new TestClock()
    await using served = await serving({ clock })
    served.origin.on('/', { body: 'hello' })
    const client = await stubborn(served)
    const ended = once(client.socket, 'end')
    client.write(octets)
    await ended
    await served.exchange(get('/'))
    const { received } = client
    assert.is(parse(received.slice(received.lastIndexOf('HTTP/1.1 '))).status, status)
    const closed = served.proxy.close({ drainMs: Number.POSITIVE_INFINITY })
    clock.advance(1000)
    await closed
  })
}

test('what is no HTTP behind a request under way ends the connection, and not before its answer', async () => {
  await using served = await serving({ keepAliveMs: 3_600_000 })
  const rest = new Barrier()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['high ', rest, 'tide'] })
  const client = await served.client()
  client.write(get('/'))
  await client.until('high ')
  client.write('\0\0\0')
  while (served.proxy.stats().refusedConnections === 0) await new Promise(setImmediate)
  rest.open()
  assert.match(await client.rest(), /high .*tide\r\n0\r\n\r\n$/s)
})

test('a refused client that leaves more octets than anybody reads leaves nothing behind', async () => {
  await using served = await serving()
  const client = await served.client()
  client.write(CONNECT + FLOOD)
  await client.until(' 501 ')
  client.leave()
  await served.proxy.close({ drainMs: Number.POSITIVE_INFINITY })
})

test('a client that sends on while it is refused reads why, and is not reset', async () => {
  await using served = await serving({ maxBodyBytes: 3 })
  for (const octets of [CONNECT, request('POST /', 'Content-Length: 400000'), 'no HTTP at all\r\n\r\n']) {
    const client = await served.client()
    const failures: unknown[] = []
    client.socket.on('error', (failure) => failures.push(failure))
    client.write(octets)
    client.write(FLOOD)
    assert.match(await client.rest(), /^HTTP\/1\.1 (501|413|400) .*connection: close.*\n$/is)
    assert.equal(failures, [])
  }
})

test('a client that asked for the end of its connection and was answered before its body had come is not reset', async () => {
  await using served = await serving({ clock: new TestClock() })
  const client = await stubborn(served)
  client.write(request('TRACE /', 'Connection: close', 'Content-Length: 9'))
  assert.equal(await failuresOfSendingOn(client), [])
  assert.is(parse(client.received).status, 501)
})

test('a client that sends on after its last answer, behind which came what is no HTTP, is not reset', async () => {
  await using served = await serving({ clock: new TestClock() })
  const rest = new Barrier()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['high ', rest, 'tide'] })
  const client = await stubborn(served)
  client.write(get('/'))
  await client.until('high ')
  client.write('\0\0\0')
  while (served.proxy.stats().refusedConnections === 0) await new Promise(setImmediate)
  rest.open()
  assert.equal(await failuresOfSendingOn(client), [])
  assert.match(client.received, /tide\r\n0\r\n\r\n$/)
})

for (const [where, octets] of [
  ['its upload', `${request('POST /', 'Content-Length: 9')}abc`],
  ['its upload in chunks', `${request('POST /', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`],
  ['a head', 'GET / HTTP/1.1\r\nHost:'],
  ['a head behind a request', `${get('/')}GET`],
] as const) {
  test(`a client that leaves in the middle of ${where} is not counted as refused`, async () => {
    await using served = await serving()
    for (const [nth, leave] of (['end', 'destroy', 'resetAndDestroy'] as const).entries()) {
      const client = await served.client()
      client.write(octets)
      if (octets.startsWith('POST')) await served.origin.begun('/', nth + 1)
      client.socket[leave]()
      // Connections from before are known of by then.
      await served.exchange(get('/other'))
      while (served.proxy.stats().connections > 0) await new Promise(setImmediate)
      assert.is(served.proxy.stats().refusedConnections, 0, leave)
    }
  })
}

test('a client that ends its half in the middle of a request gets a 400 that says so', async () => {
  await using served = await serving()
  const client = await served.client()
  client.write(`${request('POST /', 'Content-Length: 9')}abc`)
  await served.origin.begun('/')
  client.socket.end()
  const { status, body } = parse(await client.rest())
  assert.equal([status, body], [400, '400 Bad Request: the request ended too early\n'])
})

for (const [why, status, octets, limits] of [
  ['breaks the chunk framing', 400, '-1\r\n', {}],
  ['takes too long', 408, '', { requestTimeoutMs: 500 }],
] as const) {
  test(`a request whose body ${why} ends its fetch`, async () => {
    await using served = await serving(limits)
    const client = await served.client()
    client.write(`${request('POST /', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`)
    await served.origin.begun('/')
    client.write(octets)
    assert.is(parse(await client.rest()).status, status)
    await served.origin.hungUp('/')
  })
}

test.run()
