/** A kept connection may be closed just as it is used again: a request that can be sent again is, and nobody notices. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Clock } from '../../lib/base/clock.js'
import type { RequestBody } from '../../lib/pending/host.js'
import { CLOSE, closesBeforeHeaders, RESET, resetsBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'
import { answerOf, failureOf, get, SpecOrigins, text } from './sending.js'

interface Sent {
  readonly method?: string
  readonly body?: RequestBody | undefined
}

/** One connection at a time, so that each request takes the kept one; by the clock of the network it has been idle. */
function oneAtATime(origin: Origin, networkClock: Clock = new Idle()): SpecOrigins {
  return new SpecOrigins({ backends: { one: { url: origin.base, maxConnections: 1 } }, networkClock })
}

/** Each look at it is two seconds after the last. */
class Idle extends TestClock {
  override now(): number {
    this.advance(2000)
    return super.now()
  }
}

async function ask(origins: SpecOrigins, { method = 'GET', body }: Sent = {}): Promise<string> {
  const request = { ...get('http://any.example/'), method }
  return text((await answerOf(origins.send(request, { backend: 'one', body }))).body)
}

/** Requests that may have been carried out when their connection is lost, or that cannot be read twice. */
function unrepeatable(): Sent[] {
  return [{ method: 'POST' }, { method: 'PATCH' }, { method: 'PUT', body: pieces() }]
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('piece')
}

const FAULTS = { closes: closesBeforeHeaders, resets: resetsBeforeHeaders }

for (const [how, fault] of Object.entries(FAULTS)) {
  test(`a GET is sent again, on another connection, where the origin ${how} the kept one`, async () => {
    await using origin = await startOrigin()
    await using origins = oneAtATime(origin)
    origin.on('/', [{ body: 'first' }, fault, { body: 'second' }])
    assert.is(await ask(origins), 'first')
    assert.is(await ask(origins), 'second')
    assert.equal([origin.count('/'), origin.connections], [3, 2])
  })

  test(`a request with a body in hand and an idempotent method is sent again where the origin ${how} a kept connection`, async () => {
    await using origin = await startOrigin()
    await using origins = oneAtATime(origin)
    origin.on('/', [{ body: 'first' }, fault, { body: 'second' }])
    await ask(origins)
    assert.is(await ask(origins, { method: 'PUT', body: new TextEncoder().encode('whole') }), 'second')
    assert.equal(
      origin.requests.map(({ body }) => body),
      ['', 'whole', 'whole'],
    )
  })

  test(`an unsafe request, or one with a streamed body, is not sent again where the origin ${how} a kept connection`, async () => {
    for (const sent of unrepeatable()) {
      await using origin = await startOrigin()
      await using origins = oneAtATime(origin, new TestClock())
      origin.on('/', [{ body: 'first' }, fault, { body: 'second' }])
      await ask(origins)
      assert.is((await failureOf(ask(origins, sent))).code, 'ConnectionTerminated')
      assert.is(origin.count('/'), 2, sent.method)
    }
  })

  test(`no request is sent again where the origin ${how} a connection that has been idle for less than servers allow`, async () => {
    await using origin = await startOrigin()
    const networkClock = new TestClock()
    await using origins = oneAtATime(origin, networkClock)
    origin.on('/', [{ body: 'first' }, fault, { body: 'second' }, fault, { body: 'third' }])
    await ask(origins)
    networkClock.advance(1000)
    assert.is((await failureOf(ask(origins))).code, 'ConnectionTerminated')
    assert.is(origin.count('/'), 2)
    assert.is(await ask(origins), 'second')
    networkClock.advance(2000)
    assert.is(await ask(origins), 'third')
    assert.is(origin.count('/'), 5)
  })

  test(`a request that was sent again is not sent a third time where the origin ${how} that connection too`, async () => {
    await using origin = await startOrigin()
    await using origins = new SpecOrigins({ networkClock: new Idle() })
    const both = new Barrier()
    origin.on('/', async (_request, nth) => {
      if (nth > 2) return fault
      await both.opened
      return { body: 'first' }
    })
    const one = () => origins.send(get(origin.url('/')))
    const sends = [one(), one()]
    await origin.arrived('/', 2)
    both.open()
    for (const send of sends) await text((await answerOf(send)).body)
    // Both connections are free only after that.
    await new Promise(setImmediate)
    assert.is((await failureOf(answerOf(one()))).code, 'ConnectionTerminated')
    assert.is(origin.count('/'), 4)
  })

  test(`no request is sent again where the origin ${how} a new connection`, async () => {
    await using origin = await startOrigin()
    await using origins = oneAtATime(origin)
    origin.on('/', [fault, { body: 'first' }, fault, fault, { body: 'second' }])
    assert.is((await failureOf(ask(origins))).code, 'ConnectionTerminated')
    assert.is(origin.count('/'), 1)
    await ask(origins)
    assert.is((await failureOf(ask(origins))).code, 'ConnectionTerminated', 'the second try was on a new one')
    assert.is(origin.count('/'), 4)
  })
}

for (const [what, octets] of Object.entries({ 'part of a head': 'HTTP/1.1 2', 'a 1xx': 'HTTP/1.1 103 Early\r\n\r\n' }))
  test(`a request is not sent again once ${what} of its answer has come`, async () => {
    await using origin = await startOrigin()
    await using origins = oneAtATime(origin)
    origin.on('/', [{ body: 'first' }, { raw: [octets, CLOSE] }, { body: 'second' }])
    await ask(origins)
    await failureOf(ask(origins))
    assert.is(origin.count('/'), 2)
  })

test('a request that cannot be sent again gets a new connection in place of one that the server may be closing as idle', async () => {
  for (const sent of unrepeatable()) {
    await using origin = await startOrigin()
    const networkClock = new TestClock()
    await using origins = oneAtATime(origin, networkClock)
    origin.on('/', { body: 'x' })
    await ask(origins)
    networkClock.advance(1000)
    await ask(origins, sent)
    assert.is(origin.connections, 1)
    networkClock.advance(2000)
    await ask(origins)
    assert.is(origin.connections, 1, 'a GET may be lost')
    networkClock.advance(2000)
    await ask(origins, { ...sent, body: sent.body && pieces() })
    assert.is(origin.connections, 2)
  }
})

test('requests that queue behind one for which an idle connection was closed share the connection that follows', async () => {
  await using origin = await startOrigin()
  const networkClock = new TestClock()
  await using origins = oneAtATime(origin, networkClock)
  origin.on('/', { body: 'x' })
  await ask(origins)
  networkClock.advance(2000)
  await Promise.all(Array.from({ length: 10 }, () => ask(origins, { method: 'POST' })))
  // The connection of the first request closes behind it, because undici has dropped its pool.
  assert.is(origin.connections, 3)
})

test('a connection on which an answer is awaited is not idle, however long that takes', async () => {
  await using origin = await startOrigin()
  const networkClock = new TestClock()
  await using origins = new SpecOrigins({ networkClock })
  const held = origin.on('/', { body: 'late' }).on('/other', { body: 'x' }).hold('/')
  const late = answerOf(origins.send(get(origin.url('/'))))
  await origin.arrived('/')
  networkClock.advance(5000)
  await text((await answerOf(origins.send({ ...get(origin.url('/other')), method: 'POST' }))).body)
  held.open()
  assert.is(await text((await late).body), 'late')
})

test('a connection may have been idle for as long as the event loop was busy while the answer before came', async () => {
  await using origin = await startOrigin()
  const networkClock = new TestClock()
  await using origins = oneAtATime(origin, networkClock)
  const held = origin.on('/', [{ body: 'first' }, closesBeforeHeaders, { body: 'second' }]).hold('/')
  const first = ask(origins)
  await origin.arrived('/')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
  held.open()
  assert.is(await first, 'first')
  networkClock.advance(1000)
  assert.is(await ask(origins), 'second')
  assert.is(origin.count('/'), 3)
})

test('a request not sent yet when the kept connection breaks goes by another, whatever its method and body', async () => {
  await using origin = await startOrigin()
  await using origins = oneAtATime(origin)
  const breaks = new Barrier()
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
  origin.on('/', [{ raw: [head, 'first', breaks, RESET] }, { body: 'second' }])
  await ask(origins)
  // From here the request waits for one more look at the connection, and that look sees the reset.
  await new Promise(setImmediate)
  breaks.open()
  await breaks.opened
  assert.is(await ask(origins, { method: 'POST', body: pieces() }), 'second')
  assert.equal([origin.count('/'), origin.requestsOf('/')[1]?.body], [2, 'piece'])
})

test('a send that was cancelled is not sent again when its kept connection closes', async () => {
  await using origin = await startOrigin()
  await using origins = oneAtATime(origin)
  const closes = new Barrier()
  origin.on('/', [{ body: 'first' }, { raw: [closes, CLOSE] }, { body: 'second' }])
  await ask(origins)
  const send = origins.send(get('http://any.example/'), { backend: 'one' })
  await origin.arrived('/', 2)
  send.cancel()
  closes.open()
  await origin.hungUp('/')
  assert.is(await ask(origins), 'second')
  assert.is(origin.count('/'), 3)
})

test('an origin that soon closes idle connections, and does not say so, fails no request', async () => {
  const closing = new WeakMap<Socket, NodeJS.Immediate>()
  const closeAfter = (turns: number, socket: Socket): void => {
    closing.set(
      socket,
      setImmediate(() => (turns === 0 ? socket.end() : closeAfter(turns - 1, socket))),
    )
  }
  let answers = 0
  const server = createServer(({ socket }, response) => {
    clearImmediate(closing.get(socket))
    response.on('finish', () => closeAfter(answers++ % 6, socket))
    // Said by hand, it comes without a hint of how long.
    response.setHeader('Connection', 'keep-alive').end('x')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await using origins = new SpecOrigins({ networkClock: new Idle() })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  for (let sent = 0; sent < 300; sent++) await text((await answerOf(origins.send(get(url)))).body)
  server.close()
})

test.run()
