/** Bodies stream both ways, at the pace of the slower side, and a client that goes frees what it held. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RESET } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { type Client, get, parse, request, type Serving, serving } from './fixture.js'

const FRESH = { 'Cache-Control': 'max-age=60' }

for (const [way, headers] of [
  ['through the cache', FRESH],
  ['past it', { 'Cache-Control': 'no-store' }],
] as const) {
  test(`the head does not wait for the body, nor one chunk for the next, ${way}`, async () => {
    await using served = await serving()
    const [first, second] = [new Barrier(), new Barrier()]
    served.origin.on('/', { headers, body: [first, 'one', second, 'two'] })
    const client = await served.client()
    client.write(get('/', 'Connection: close'))
    assert.not((await client.until('\r\n\r\n')).includes('one'))
    first.open()
    assert.not((await client.until('one')).includes('two'))
    second.open()
    assert.match(await client.rest(), /two\r\n0\r\n\r\n$/)
  })
}

test('a body that breaks off is never taken for whole: the connection ends without the last chunk', async () => {
  await using served = await serving()
  const sent = new Barrier()
  served.origin.on('/', { headers: FRESH, body: ['one', sent, RESET] })
  const client = await served.client()
  client.write(get('/'))
  await client.until('one')
  sent.open()
  assert.not((await client.rest()).includes('\r\n0\r\n'))
})

for (const [why, breakOff] of [
  ['with the origin', (served: Serving) => served.origin[Symbol.asyncDispose]()],
  ['with the proxy', (served: Serving) => served.proxy.close({ drainMs: 0 })],
  ['as its client closes its side', (_: Serving, client: Client) => client.socket.end()],
] as const) {
  test(`RFC 9112 8: to HTTP/1.0 a body that breaks off ${why} has no end: the connection is reset`, async () => {
    await using served = await serving()
    served.origin.on('/', { headers: FRESH, body: ['one', new Barrier()] })
    const client = await served.client()
    client.write('GET / HTTP/1.0\r\n\r\n')
    await client.until('one')
    const closed = new Promise<boolean>((resolve) => client.socket.once('close', resolve))
    await breakOff(served, client)
    assert.is(await closed, true)
  })
}

test('a waiter whose client leaves costs its leader nothing', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { headers: FRESH, body: 'hello' })
  const [leader, waiter] = [await served.client(), await served.client()]
  leader.write(get('/', 'Connection: close'))
  await served.origin.arrived('/')
  waiter.write(get('/'))
  waiter.leave()
  await waiter.rest()
  held.open()
  assert.is(parse(await leader.rest()).body, 'hello')
  assert.is(served.origin.count('/'), 1)
})

test('a leader whose client leaves goes on, and its waiters get the answer', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { headers: FRESH, body: 'hello' })
  const [leader, waiter] = [await served.client(), await served.client()]
  leader.write(get('/'))
  await served.origin.arrived('/')
  waiter.write(get('/', 'Connection: close'))
  leader.leave()
  await leader.rest()
  held.open()
  assert.is(parse(await waiter.rest()).body, 'hello')
  assert.is(served.origin.count('/'), 1)
})

test('a client that leaves ends its request past the cache', async () => {
  await using served = await serving()
  served.origin.hold('/')
  const client = await served.client()
  client.write(request('POST /', 'Content-Length: 0'))
  await served.origin.arrived('/')
  client.leave()
  await served.origin.hungUp('/')
})

test('a client that leaves in the middle of a body that is not stored ends the fetch', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one', new Barrier()] })
  const client = await served.client()
  client.write(get('/'))
  await client.until('one')
  client.leave()
  await served.origin.hungUp('/')
})

test('a client that reads nothing holds back the body it gets, if that is not stored, and no other client', async () => {
  await using served = await serving()
  let written = 0
  const chunk = Buffer.alloc(64 * 1024)
  served.origin.on('/', {
    headers: { 'Cache-Control': 'no-store' },
    body: (function* () {
      for (; written < 4096; written++) yield chunk
    })(),
  })
  served.origin.on('/other', { body: 'hello' })
  const client = await served.client()
  client.socket.pause()
  client.write(get('/'))
  await served.origin.arrived('/')
  for (let times = 0; times < 20; times++) assert.is(parse(await served.exchange(get('/other'))).body, 'hello')
  assert.ok(written < 4096, `${written} chunks were taken`)
  client.leave()
  await served.origin.hungUp('/')
})

test('RFC 9110 10.1.1: a client that expects 100 gets it when its body is wanted, and not when it is refused', async () => {
  await using served = await serving({ maxBodyBytes: 5 })
  served.origin.on('/', ({ body }) => ({ body: `got ${body}` }))
  const client = await served.client()
  client.write(request('POST /', 'Expect: 100-continue', 'Content-Length: 5', 'Connection: close'))
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 100 /)
  client.write('hello')
  assert.match(await client.rest(), /got hello$/)
  const refused = await served.client()
  refused.write(request('POST /', 'Expect: 100-continue', 'Content-Length: 6'))
  assert.match(await refused.rest(), /^HTTP\/1\.1 413 /)
})

test('a client that leaves in the middle of its own body disturbs no other client', async () => {
  await using served = await serving()
  const client = await served.client()
  client.write(`${request('POST /', 'Content-Length: 5')}he`)
  client.leave()
  await client.rest()
  served.origin.on('/', { body: 'hello' })
  assert.is(parse(await served.exchange(get('/'))).body, 'hello')
})

test('one connection serves one request after another, and pipelined requests in their order', async () => {
  await using served = await serving()
  const held = served.origin.hold('/first')
  served.origin.on('/first', { body: 'first' }).on('/second', { body: 'second' })
  const client = await served.client()
  client.write(get('/first') + get('/second', 'Connection: close'))
  await served.origin.arrived('/second')
  held.open()
  assert.match(await client.rest(), /first[\s\S]*second$/)
})

test.run()
