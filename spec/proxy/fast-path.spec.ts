/** The fast path answers a hit whose head is known without the parser, and the answer is the same, octet for octet. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AccessRecord, createProxy } from '../../lib/proxy/index.js'
import { Barrier } from '../kit/barrier.js'
import { TestClock } from '../kit/test-clock.js'
import { Client, get, parse, request, type Serving, serving, valuesOf } from './fixture.js'

const FRESH = { 'Cache-Control': 'max-age=60' }

/** A proxy that has read `get('/')` once on a kept connection, and remembers its answer. */
async function warm(body = 'hello', options: Parameters<typeof serving>[0] = {}): Promise<Serving & { known: Client }> {
  const served = await serving(options)
  served.origin.on('/', { headers: FRESH, body }).on('/other', { body: 'other' })
  const known = await served.client()
  for (let nth = 1; nth <= 2; nth++) await answers(known, get('/'), nth)
  return { ...served, known }
}

const COUNT = /HTTP\/1\.1 \d/g
/** Writes `octets`; all that came, once there are `count` answers in all, the last of them whole. */
async function answers(client: Client, octets: string, count: number, last = /hello$|other$/): Promise<string> {
  client.write(octets)
  return client.until({
    test: (received: string) => (received.match(COUNT)?.length ?? 0) >= count && last.test(received),
  } as RegExp)
}

/** Whatever was written on other connections before has been read. */
async function allRead({ exchange }: Serving): Promise<void> {
  await exchange(get('/other'))
}

/** How many requests the parser reads while `action` runs. */
async function parsed(action: () => Promise<unknown>): Promise<number> {
  let count = 0
  const countOne = () => count++
  subscribe('http.server.request.start', countOne)
  await action()
  unsubscribe('http.server.request.start', countOne)
  return count
}

test('a hit whose head is known does not reach the parser, on whichever connection it comes', async () => {
  await using served = await warm()
  const [first, second] = [served.known, await served.client()]
  const count = await parsed(async () => {
    await answers(first, get('/'), 3)
    await answers(second, get('/'), 1)
    await answers(second, get('/'), 2)
  })
  assert.is(count, 0)
  assert.is(served.origin.count('/'), 1)
  assert.equal(served.proxy.stats().requests, { started: 5, active: 0 })
})

test('the answer of the fast path is octet for octet the one behind the parser', async () => {
  await using served = await warm('hello', { cache: { clock: new TestClock() } })
  const [front, behind] = [await served.client(), await served.client()]
  const before = await answers(front, get('/'), 1)
  const after = await answers(behind, get('/').repeat(2), 2)
  const alike = (octets: string) => octets.replace(/x-cache-hits: \d|date: [^\r]+/gi, '')
  assert.is(alike(after), alike(before + before))
  assert.equal(after.match(/x-cache-hits: \d/g), ['x-cache-hits: 3', 'x-cache-hits: 4'])
})

test('where hits are not told, what an origin says of its own hits is passed on unchanged', async () => {
  await using served = await serving({ cache: { policy: { xCache: false }, clock: new TestClock() } })
  served.origin.on('/', { headers: { ...FRESH, 'X-Cache-Hits': '7' }, body: 'hello' })
  const client = await served.client()
  let received = await answers(client, get('/'), 1)
  const count = await parsed(async () => {
    for (let nth = 2; nth <= 4; nth++) received = await answers(client, get('/'), nth)
  })
  assert.is(count, 1)
  const [, ...hits] = received.split(/(?=HTTP\/1\.1 )/)
  assert.equal(new Set(hits).size, 1)
  assert.equal(valuesOf(parse(hits[0] ?? '').lines, 'x-cache-hits'), ['7'])
})

test('a head whose first answer ended the connection is not remembered', async () => {
  await using served = await warm()
  const waits = get('/', 'Expect: 100-continue')
  for (let nth = 1; nth <= 3; nth++) {
    const client = await served.client()
    client.write(waits)
    const { lines, body } = parse(await client.rest())
    assert.equal([valuesOf(lines, 'connection'), body], [['close'], 'hello'])
  }
})

test('a HEAD gets the head alone, a conditional request its 304', async () => {
  await using served = await warm()
  served.origin.on('/e', { headers: { ...FRESH, ETag: '"a"' }, body: 'hello' })
  const client = await served.client()
  const head = request('HEAD /e')
  const condition = get('/e', 'If-None-Match: "a"')
  await answers(client, get('/e'), 1)
  for (let nth = 2; nth <= 5; nth++) await answers(client, nth < 4 ? head : condition, nth, /\r\n\r\n$/)
  const count = await parsed(async () => {
    await answers(client, head, 6, /\r\n\r\n$/)
    await answers(client, condition, 7, /\r\n\r\n$/)
  })
  assert.is(count, 0)
  const [asHead, asCondition] = client.received.split('HTTP/1.1 ').slice(-2)
  assert.match(asHead ?? '', /^200 .*content-length: 5\r\n/is)
  assert.match(asCondition ?? '', /^304 /)
})

test('a known head in the middle of a body is read as body', async () => {
  await using served = await warm()
  served.origin.on('/post', ({ body }) => ({ body: `[${body}]other` }))
  const { known } = served
  known.write(request('POST /post', `Content-Length: ${get('/').length}`))
  await allRead(served)
  const received = await answers(known, get('/'), 3)
  assert.ok(received.endsWith(`[${get('/')}]other`))
})

test('a known head in the middle of a head is read as a line of that head', async () => {
  await using served = await warm()
  served.origin.on('/half', ({ header }) => ({ body: `[${header('x')}]other` }))
  const { known } = served
  known.write('GET /half HTTP/1.1\r\nX: ')
  await allRead(served)
  assert.ok((await answers(known, get('/'), 3)).endsWith('[GET / HTTP/1.1]other'))
})

test('a known head behind a request that is under way is answered in its turn', async () => {
  await using served = await warm()
  const held = served.origin.hold('/slow')
  served.origin.on('/slow', { body: 'slow' })
  const { known } = served
  known.write(get('/slow'))
  await served.origin.arrived('/slow')
  known.write(get('/'))
  await allRead(served)
  held.open()
  const received = await answers(known, '', 4)
  assert.ok(received.indexOf('slow') < received.lastIndexOf('hello'))
})

test('a known head whose object was purged, or is no longer fresh, goes on to the origin on the same connection', async () => {
  const clock = new TestClock()
  await using served = await warm('hello', { cache: { clock } })
  await served.cache.purge({ all: true })
  await answers(served.known, get('/'), 3)
  assert.is(served.origin.count('/'), 2)
  clock.advance(61_000)
  await answers(served.known, get('/'), 4)
  assert.is(served.origin.count('/'), 3)
})

test('a client that sends requests and reads no answer gets all answers in the end, in order', async () => {
  const body = `${'tide'.repeat(200_000)}hello`
  await using served = await warm(body)
  const client = await served.client()
  client.socket.pause()
  for (let nth = 0; nth < 20; nth++) {
    client.write(get('/'))
    await allRead(served)
  }
  client.socket.resume()
  const received = await answers(client, '', 20)
  assert.is(received.split(body).length, 21)
})

test('a client that has closed its side still gets its answer, and then the end of the connection', async () => {
  await using served = await warm()
  const client = await served.client()
  client.socket.end(get('/'))
  assert.ok((await client.rest()).endsWith('hello'))
})

test('while the proxy closes, the answer to a known head says that it is the last on its connection', async () => {
  await using served = await warm()
  const rest = new Barrier()
  served.origin.on('/slow', { body: ['one', rest, 'two'] })
  const busy = await served.client()
  busy.write(get('/slow'))
  await busy.until('one')
  const closed = served.proxy.close()
  assert.not((await served.known.rest()).includes('connection: close'))
  busy.write(get('/'))
  rest.open()
  assert.match(await busy.rest(), /connection: close.*hello$/is)
  await closed
})

test('a connection that only the fast path has answered is ended after the same idle time as others', async () => {
  await using served = await warm('hello', { keepAliveMs: 30 })
  const client = await served.client()
  await answers(client, get('/'), 1)
  assert.match(await client.rest(), /hello$/)
})

test('a connection on which nothing comes is ended after the time that a head may take', async () => {
  await using served = await serving({ headTimeoutMs: 30 })
  assert.is(await (await served.client()).rest(), '')
})

test('two proxies in front of one cache each write their own Via', async () => {
  await using served = await warm('hello', { name: 'one' })
  await using other = createProxy(served.cache, { origin: served.origin.base, name: 'two' })
  const { port } = await other.listen()
  const client = await Client.connect(port)
  for (let nth = 1; nth <= 3; nth++) await answers(client, get('/'), nth)
  await answers(served.known, get('/'), 3)
  assert.equal(valuesOf(parse(client.received).lines, 'via'), ['1.1 two'])
  assert.not(client.received.includes('1.1 one'))
  assert.not(served.known.received.includes('1.1 two'))
})

test('the access log has a record of each hit, and whether all of it was sent', async () => {
  const records: AccessRecord[] = []
  await using served = await warm(`${'tide'.repeat(200_000)}hello`, { accessLog: (record) => records.push(record) })
  await answers(served.known, get('/'), 3)
  const client = await served.client()
  client.socket.pause()
  for (let nth = 0; nth < 20; nth++) client.write(get('/'))
  await allRead(served)
  const { length } = records
  client.leave()
  while (records.length === length) await allRead(served)
  const hits = records.filter(({ target }) => target === '/')
  const { client: address, method, target, httpVersion, status, outcome, end, bytes } = hits[2] as AccessRecord
  const said = [address, method, target, httpVersion, status, outcome, end]
  assert.equal(said, ['127.0.0.1', 'GET', '/', '1.1', 200, 'hit', 'whole'])
  assert.ok(bytes > 800_005)
  assert.is(hits.at(-1)?.end, 'cut')
})

interface Ask {
  readonly octets: string
  readonly answer: string
}

const ASKS: readonly Ask[] = [
  { octets: get('/'), answer: 'hello' },
  { octets: get('/', 'X: y'), answer: 'hello' },
  { octets: get('/other'), answer: 'other' },
  { octets: request('HEAD /'), answer: '' },
  { octets: `${request('POST /echo', `Content-Length: ${get('/').length}`)}${get('/')}`, answer: get('/') },
  { octets: `${request('POST /echo', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`, answer: 'hello' },
]

test('whatever is requested, however cut, in turn or all at once, each request gets its own answer, in order', async () => {
  await using served = await warm()
  served.origin.on('/echo', ({ body }) => ({ body, headers: { 'X-Length': String(body.length) } }))
  const run = fc.asyncProperty(
    fc.array(fc.constantFrom(...ASKS), { minLength: 1, maxLength: 8 }),
    fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(1000) }, fc.integer({ min: 1, max: 60 })), { minLength: 1 }),
    fc.boolean(),
    async (asks, cuts, inTurn) => {
      const client = await served.client()
      client.socket.setNoDelay(true)
      let cut = 0
      const send = async (octets: string) => {
        for (let at = 0; at < octets.length; cut++) {
          const size = cuts[cut % cuts.length] as number
          client.write(octets.slice(at, at + size))
          at += size
          if (at < octets.length) await allRead(served)
        }
      }
      const expected = (count: number) => asks.slice(0, count).map(({ answer }) => answer)
      if (!inTurn) await send(asks.map(({ octets }) => octets).join(''))
      for (let nth = 1; nth <= asks.length; nth++) {
        if (inTurn) await send((asks[nth - 1] as Ask).octets)
        const isThere = { test: (received: string) => bodies(received, asks).length >= nth } as RegExp
        const received = await client.until(isThere)
        assert.equal(bodies(received, asks).slice(0, nth), expected(nth))
      }
      client.leave()
    },
  )
  await fc.assert(run, { numRuns: 60 })
})

/** The bodies of the whole answers that have come to `asks`. */
function bodies(received: string, asks: readonly Ask[]): string[] {
  const found: string[] = []
  let rest = received
  for (const { octets } of asks) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    const { lines, body } = parse(rest)
    assert.match(rest, /^HTTP\/1\.1 200 /)
    const length = octets.startsWith('HEAD') ? 0 : Number(valuesOf(lines, 'content-length')[0])
    if (body.length < length) break
    found.push(body.slice(0, length))
    rest = body.slice(length)
  }
  return found
}

test.run()
