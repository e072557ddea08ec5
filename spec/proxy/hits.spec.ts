/** Answers the proxy remembers: whatever is worked out once for many, each client gets an answer of its own. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AccessRecord } from '../../lib/proxy/index.js'
import { TestClock } from '../kit/test-clock.js'
import { get, parse, request, type Serving, serving, valuesOf } from './fixture.js'

const FRESH = { 'Cache-Control': 'max-age=60', ETag: '"a"' }

/** A proxy that has fetched `/`, and given it from the cache once. */
async function warm(body = 'hello', options: Parameters<typeof serving>[0] = {}): Promise<Serving> {
  const served = await serving(options)
  served.origin.on('/', { headers: FRESH, body })
  for (let time = 0; time < 2; time++) await served.exchange(get('/'))
  return served
}

test('each remembered hit has the Age, the ttl and the number of hits of its own moment', async () => {
  const clock = new TestClock()
  await using served = await warm('hello', { cache: { clock } })
  const told: string[][] = []
  for (const afterMs of [0, 0, 400, 600, 1000]) {
    clock.advance(afterMs)
    const { lines } = parse(await served.exchange(get('/')))
    told.push(['age', 'cache-status', 'x-cache-hits'].flatMap((name) => valuesOf(lines, name)))
  }
  assert.equal(told, [
    ['0', 'tidewait;hit;ttl=60', '2'],
    ['0', 'tidewait;hit;ttl=60', '3'],
    ['1', 'tidewait;hit;ttl=59', '4'],
    ['1', 'tidewait;hit;ttl=59', '5'],
    ['2', 'tidewait;hit;ttl=58', '6'],
  ])
  assert.is(served.origin.count('/'), 1)
})

test('remembered hits are counted like any other requests', async () => {
  await using served = await warm()
  const before = served.cache.stats()
  for (let time = 0; time < 3; time++) await served.exchange(get('/'))
  const { requests, transactions } = served.cache.stats()
  assert.equal([requests.started - before.requests.started, requests.pending], [3, 0])
  assert.is(transactions.outcomes.hit - before.transactions.outcomes.hit, 3)
})

test('a remembered answer is fetched again once it was purged, or is no longer fresh', async () => {
  const clock = new TestClock()
  await using served = await warm('hello', { cache: { clock } })
  await served.exchange(get('/'))
  await served.cache.purge({ all: true })
  await served.exchange(get('/'))
  assert.is(served.origin.count('/'), 2)
  for (let time = 0; time < 3; time++) await served.exchange(get('/'))
  clock.advance(60_000)
  await served.exchange(get('/'))
  assert.is(served.origin.count('/'), 3)
})

test('requests that differ in one line, or in the method, each get their own answer', async () => {
  await using served = await serving()
  served.origin.on('/', ({ header }) => ({
    headers: { ...FRESH, Vary: 'Accept' },
    body: header('accept') ?? 'anything',
  }))
  for (let time = 0; time < 3; time++) {
    assert.is(parse(await served.exchange(get('/', 'Accept: a'))).body, 'a')
    assert.is(parse(await served.exchange(get('/', 'Accept: b'))).body, 'b')
    assert.is(parse(await served.exchange(get('/'))).body, 'anything')
    assert.is(parse(await served.exchange(request('HEAD /', 'Accept: a'))).body, '')
    assert.is(parse(await served.exchange(get('/', 'Accept: a', 'If-None-Match: "a"'))).status, 304)
  }
  assert.is(served.origin.count('/'), 3)
})

test('hits follow each other on one connection, and the last of them ends it where the client asks for that', async () => {
  await using served = await warm()
  const client = await served.client()
  client.write(get('/').repeat(3) + request('HEAD /') + get('/', 'Connection: close'))
  const answers = (await client.rest()).split('HTTP/1.1 200 OK').slice(1)
  assert.equal(
    answers.map((answer) => parse(answer).body),
    ['hello', 'hello', 'hello', '', 'hello'],
  )
  assert.match(answers[4] ?? '', /connection: close/i)
})

test('a client of HTTP/1.0 gets the same body, and the end of the connection', async () => {
  await using served = await warm()
  for (let time = 0; time < 3; time++) {
    const client = await served.client()
    client.write('GET / HTTP/1.0\r\nHost: proxy\r\n\r\n')
    assert.is(parse(await client.rest()).body, 'hello')
  }
  assert.is(served.origin.count('/'), 1)
})

test('a large hit arrives whole however slowly it is read, with its length and not chunked', async () => {
  const body = 'tide'.repeat(200_000)
  await using served = await warm(body)
  const client = await served.client()
  client.socket.pause()
  client.write(get('/').repeat(3) + get('/', 'Connection: close'))
  await served.exchange(get('/'))
  client.socket.resume()
  const answers = (await client.rest()).split('HTTP/1.1 200 OK').slice(1)
  assert.is(answers.length, 4)
  for (const answer of answers) {
    const { lines, body: came } = parse(answer)
    assert.ok(came === body)
    assert.equal(valuesOf(lines, 'content-length'), [String(body.length)])
    assert.equal(valuesOf(lines, 'transfer-encoding'), [])
  }
})

test('a hit of several chunks whose length the origin did not declare arrives whole, for one request after the other', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: FRESH, body: ['one', 'two', 'three'] })
  for (let time = 0; time < 2; time++) await served.exchange(get('/'))
  const client = await served.client()
  client.write(get('/').repeat(2) + get('/', 'Connection: close'))
  const answers = (await client.rest()).split('HTTP/1.1 200 OK').slice(1).map(parse)
  assert.is(answers.length, 3)
  for (const { lines, body } of answers) {
    const isChunked = valuesOf(lines, 'transfer-encoding').includes('chunked')
    assert.is(isChunked ? body.replace(/[0-9a-f]+\r\n(.*?)\r\n/gs, '$1').trim() : body, 'onetwothree')
  }
})

test('a remembered hit has Via, and is a hit in the access log', async () => {
  const records: AccessRecord[] = []
  await using served = await warm('hello', { name: 'here', accessLog: (record) => records.push(record) })
  assert.equal(valuesOf(parse(await served.exchange(get('/'))).lines, 'via'), ['1.1 here'])
  await served.exchange(get('/'))
  const ends = records.slice(0, 3).map(({ outcome, end }) => `${outcome} ${end}`)
  assert.equal(ends, ['insert whole', 'hit whole', 'hit whole'])
})

test('a remembered request is refused like any other once the cache is closed', async () => {
  await using served = await warm()
  await served.exchange(get('/'))
  await served.cache.close({ drainMs: 0 })
  assert.ok(parse(await served.exchange(get('/'))).status >= 500)
})

test.run()
