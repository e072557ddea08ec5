/** What comes while the proxy's thread is busy with something else comes in time. */

import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WatchedClock } from '../host/sending.js'
import { get, request, serving } from './fixture.js'

/** Longer than every limit here, with what Node adds to them. */
const BUSY_MS = 2500

/** The thread does nothing else, and its event loop stands still. */
function busy(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS)
}

test('a request that came before its connection was kept too long is answered', async () => {
  await using served = await serving({ keepAliveMs: 1000 })
  served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'hello' })
  const client = await served.client()
  client.write(get('/'))
  await client.until('hello')
  client.write(get('/'))
  busy()
  await client.until(/hello[\s\S]*hello/)
})

test('a first request that came in time is answered', async () => {
  await using served = await serving({ headTimeoutMs: 1000 })
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  await setImmediate()
  client.write(get('/'))
  busy()
  await client.until('hello')
})

test('a head whose end came in time is no 408', async () => {
  await using served = await serving({ headTimeoutMs: 1000 })
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  client.write('GET / HTTP/1.1\r\n')
  for (let turns = 0; turns < 5; turns++) await setImmediate()
  client.write('Host: proxy\r\n\r\n')
  busy()
  await client.until('200 OK')
})

test('a body whose end came in time is no 408', async () => {
  await using served = await serving({ requestTimeoutMs: 1000 })
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  client.write(`${request('POST /', 'Content-Length: 4')}ab`)
  for (let turns = 0; turns < 5; turns++) await setImmediate()
  client.write('cd')
  busy()
  await client.until('200 OK')
})

test('a head that does not end is a 408, though the thread was busy', async () => {
  await using served = await serving({ headTimeoutMs: 1000 })
  const client = await served.client()
  client.write('GET / HTTP/1.1\r\n')
  for (let turns = 0; turns < 5; turns++) await setImmediate()
  busy()
  await client.until('408 Request Timeout')
})

test('a body that does not come is a 408, though its head came while the thread was busy', async () => {
  await using served = await serving({ requestTimeoutMs: 1000 })
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  client.write('POST / HTTP/1.1\r\n')
  for (let turns = 0; turns < 5; turns++) await setImmediate()
  client.write('Host: proxy\r\nContent-Length: 4\r\n\r\n')
  busy()
  await client.until('408 Request Timeout')
})

test('a connection has one limit for bodies whose heads came while the thread was busy, however many there were', async () => {
  const clock = new WatchedClock()
  await using served = await serving({ requestTimeoutMs: 1000, clock })
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  for (const answers of [/hello/, /hello[\s\S]*hello/]) {
    client.write('POST / HTTP/1.1\r\n')
    for (let turns = 0; turns < 5; turns++) await setImmediate()
    client.write('Host: proxy\r\nContent-Length: 4\r\n\r\n')
    busy()
    await clock.set(1000)
    client.write('body')
    await client.until(answers)
    clock.advance(1)
  }
  assert.equal(clock.timers, [999])
})

test('more clients than Node lets wait can connect', async () => {
  await using served = await serving()
  const callers = Math.min(600, await mostWaiting())
  const connected = new Int32Array(new SharedArrayBuffer(8))
  const thread = new Worker(new URL('./callers-thread.js', import.meta.url), {
    workerData: { port: served.port, callers, connected },
  })
  Atomics.wait(connected, 1, 0, 20_000)
  assert.is(connected[0], callers)
  await thread.terminate()
})

/** As many as the system allows. */
async function mostWaiting(): Promise<number> {
  return Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8').catch(() => '128'))
}

test.run()
