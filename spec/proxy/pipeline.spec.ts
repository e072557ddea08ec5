/** Several requests under way on one connection: each has an end of its own, whatever becomes of the connection. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from '../kit/barrier.js'
import { type Client, get, parse, request, type Serving, serving } from './fixture.js'
import { Log } from './log.js'

const FRESH = { 'Cache-Control': 'max-age=60' }

/** The answers that a client has got, once there are so many. */
async function count(client: Client, answers: number): Promise<string[]> {
  const isThere = {
    test: (received: string) => received.endsWith('hello') && received.split('hello').length > answers,
  } as RegExp
  return (await client.until(isThere)).split(/(?<=hello)/)
}

test('a client that goes with several requests under way ends all of them', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  const rest = new Barrier()
  served.origin.on('/first', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
  for (const target of ['/second', '/third']) served.origin.hold(target)
  const client = await served.client()
  client.write(get('/first') + get('/second') + get('/third'))
  for (const target of ['/second', '/third']) await served.origin.arrived(target)
  const { length } = await client.until('one')
  client.leave()
  const records = await log.until(3)
  rest.open()
  assert.equal(
    records.map(({ target, end, bytes }) => [target, end, bytes >= length]),
    [
      ['/first', 'cut', true],
      ['/second', 'cut', false],
      ['/third', 'cut', false],
    ],
  )
  assert.is(served.proxy.stats().requests.active, 0)
})

test('each request of a pipeline is recorded with the octets of its own answer', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', { headers: FRESH, body: 'hello' }).on('/long', { headers: FRESH, body: 'long hello' })
  const client = await served.client()
  client.write(get('/') + get('/long') + get('/'))
  const answers = await count(client, 3)
  const records = await log.until(3)
  assert.equal(
    records.map(({ bytes }) => bytes),
    answers.slice(0, 3).map(({ length }) => length),
  )
})

/** Begins an answer, and behind it a request whose client may wait for a 100 before it sends the body. */
async function behindAnother(served: Serving, body: string): Promise<{ client: Client; rest: Barrier }> {
  const rest = new Barrier()
  served.origin
    .on('/first', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
    .on('/second', ({ body }) => ({ body: `[${body}]` }))
  const client = await served.client()
  client.write(`${get('/first')}${request('POST /second', 'Expect: 100-continue', 'Content-Length: 5')}${body}`)
  await client.until('one')
  return { client, rest }
}

test('a request that is not safe is carried out alone: after all answers before it, before all requests behind it', async () => {
  await using served = await serving()
  const rest = new Barrier()
  let stored = 'old'
  served.origin
    .on('/first', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
    .on('/it', ({ method, body }) => {
      if (method === 'GET') return { headers: FRESH, body: stored }
      stored = body
      return { body: method }
    })
  await served.exchange(get('/it'))
  const put = served.origin.hold('/it')
  const client = await served.client()
  client.write(`${get('/first')}${request('PUT /it', 'Content-Length: 3')}new${get('/it')}${request('DELETE /it')}`)
  await client.until('one')
  assert.is(served.cache.stats().sends.started, 2)
  rest.open()
  await served.origin.arrived('/it', 2)
  assert.is(served.cache.stats().sends.started, 3)
  put.open()
  const received = await client.until('DELETE')
  assert.equal(received.match(/one|two|PUT|old|new|DELETE/g), ['one', 'two', 'PUT', 'new', 'DELETE'])
})

test('a request that is refused while it waits for its turn is not carried out', async () => {
  await using served = await serving()
  const rest = new Barrier()
  served.origin.on('/first', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
  const client = await served.client()
  client.write(`${get('/first')}${request('POST /second', 'Transfer-Encoding: chunked')}no size\r\n`)
  await client.until('one')
  rest.open()
  const [, second = ''] = (await client.rest()).split('two\r\n0\r\n\r\n')
  assert.is(parse(second).status, 400)
  assert.is(served.cache.stats().sends.started, 1)
})

test('a request whose client leaves before its turn is not carried out, and is recorded as failed', async () => {
  const log = new Log()
  await using served = await serving({ accessLog: log.accessLog })
  const rest = new Barrier()
  served.origin.on('/first', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
  const client = await served.client()
  client.write(get('/first') + request('DELETE /second'))
  await client.until('one')
  client.leave()
  const records = await log.until(2)
  rest.open()
  assert.equal(
    records.map(({ outcome, status }) => [outcome, status]),
    [
      ['uncached', 200],
      ['failed', 0],
    ],
  )
  assert.is(served.cache.stats().sends.started, 1)
})

test('a client that waits for a 100 behind another answer gets it in its turn', async () => {
  await using served = await serving()
  const { client, rest } = await behindAnother(served, '')
  rest.open()
  assert.match(await client.until('100 Continue\r\n\r\n'), /two\r\n0\r\n\r\nHTTP\/1.1 100 Continue\r\n\r\n$/)
  client.write('hello')
  await client.until('[hello]')
})

test('a client whose body does not wait for its 100 gets it as well, and its connection is kept', async () => {
  await using served = await serving()
  const { client, rest } = await behindAnother(served, 'hello')
  rest.open()
  await client.until(/two\r\n0\r\n\r\nHTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 .*\[hello\]/s)
  client.write(`${request('POST /second', 'Expect: 100-continue', 'Content-Length: 5')}again`)
  await client.until(/\[hello\].* 100 Continue\r\n\r\nHTTP\/1.1 200 .*\[again\]/s)
})

test('of a pipeline, a hundred requests are carried out at once; the others as those end', async () => {
  await using served = await serving()
  const targets = Array.from({ length: 150 }, (_, nth) => `/${nth}`)
  const held = targets.map((target) => served.origin.hold(target))
  for (const target of targets) served.origin.on(target, { body: `hello${target}` })
  const client = await served.client()
  client.write(targets.map((target) => get(target)).join(''))
  await served.origin.arrived('/99')
  await served.exchange(get('/other'))
  assert.is(served.origin.count('/100'), 0)
  for (const each of held) each.open()
  await client.until('hello/149')
})

test('a client that pipelines without end is held up while a hundred of its requests wait', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: 'hello' })
  const client = await served.client()
  const many = get('/').repeat(1000)
  let written = 0
  while (client.socket.write(many) || client.socket.writableLength < 4_000_000) written += 1000
  await served.origin.arrived('/')
  await served.exchange(get('/other'))
  const { started } = served.proxy.stats().requests
  assert.ok(started >= 100 && started < 10_000, `${started} of ${written}`)
  held.open()
  client.leave()
})

test('a client that is held up in the middle of a head is not late with the rest of it', async () => {
  await using served = await serving({ headTimeoutMs: 50 })
  const held = served.origin.hold('/')
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: 'hello' }).on('/last', { body: 'last' })
  const client = await served.client()
  client.write(get('/other'))
  await client.until('404')
  client.write(`${get('/').repeat(100)}GET /last HTTP/1.1\r\n`)
  await served.origin.arrived('/')
  client.write('Host: proxy\r\n\r\n')
  const late = await served.client()
  late.write('GET / HTTP/1.1\r\n')
  assert.is(parse(await late.rest()).status, 408)
  held.open()
  await client.until(/last$/)
})

test('a hit that waits for its reader is recorded with its own octets, not with those of the answers behind it', async () => {
  const log = new Log()
  const body = `${'tide'.repeat(200_000)}hello`
  await using served = await serving({ accessLog: log.accessLog })
  served.origin.on('/', { headers: FRESH, body })
  const client = await served.client()
  for (let nth = 1; nth <= 2; nth++) {
    client.write(get('/'))
    await count(client, nth)
  }
  client.socket.pause()
  for (let nth = 3; nth <= 20; nth++) {
    client.write(get('/'))
    await served.exchange(get('/other'))
  }
  client.socket.resume()
  const answers = await count(client, 20)
  const records = (await log.until(38)).filter(({ target }) => target === '/')
  assert.equal(
    records.map(({ bytes }) => bytes),
    answers.slice(0, 20).map(({ length }) => length),
  )
})

test('a connection whose client is slow to read a hit is not ended as idle', async () => {
  const log = new Log()
  const body = `${'tide'.repeat(200_000)}hello`
  await using served = await serving({ accessLog: log.accessLog, keepAliveMs: 300 })
  served.origin.on('/', { headers: FRESH, body })
  const client = await served.client()
  for (let nth = 1; nth <= 2; nth++) {
    client.write(get('/'))
    await count(client, nth)
  }
  client.socket.pause()
  let asked = 2
  const isTaken = () => log.records.filter(({ target }) => target === '/').length === asked
  while (isTaken()) {
    client.write(get('/'))
    asked += 1
    await served.exchange(get('/other'))
  }
  const idle = await served.client()
  idle.write(get('/other'))
  await idle.rest()
  client.socket.resume()
  const answers = await count(client, asked)
  assert.is(answers[asked - 1]?.split('\r\n\r\n')[1], body)
})

test.run()
