/** What a cache cannot be asked for is refused at the call by a typed error, with nothing begun and nothing left open. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Cache,
  InvalidArgumentError,
  openCache,
  type SendError,
  startHost,
  TidewaitError,
} from '../../lib/index.js'
import { failureOf } from '../kit/failures.js'
import { startOrigin } from '../kit/origin.js'
import { type Call, refuses, untyped } from '../kit/refused.js'

const origin = await startOrigin()
origin.on('/stored', { headers: { 'Cache-Control': 'max-age=60', 'Surrogate-Key': 'kept' }, body: 'stored' })
const url = origin.url('/stored')

const host = await startHost()
const caches: Record<string, Cache> = { 'a host in this thread': openCache(), 'a host thread': host.connect() }

for (const [where, cache] of Object.entries(caches)) {
  const send = untyped(cache, 'send')
  const purge = untyped(cache, 'purge')

  test(`send refuses invalid options, over ${where}`, () => {
    for (const init of [
      null,
      5,
      'GET',
      [],
      new Map([['method', 'POST']]),
      Promise.resolve({ method: 'POST' }),
      { methods: 'GET' },
      { cacheOverride: [] },
      { cacheOverride: new Map([['ttl', 60]]) },
      { cacheOverride: { tll: 1 } },
      { cacheOverride: { ttl: -1 } },
    ])
      refuses(() => send(url, init))
  })

  test(`send refuses a body of an unknown kind, over ${where}`, () => {
    for (const body of [5, true, {}, Symbol('body')]) refuses(() => send(url, { method: 'POST', body }))
  })

  test(`send refuses CONNECT, TRACE and invalid methods, over ${where}`, () => {
    for (const method of ['CONNECT', 'TRACE', 'track', 'A B', '', 5]) refuses(() => send(url, { method }))
  })

  test(`sendToClient refuses what is no ServerResponse, and the request goes on, over ${where}`, async () => {
    const pending = cache.send(url)
    for (const response of [undefined, null, 5, {}]) refuses(() => untyped(pending, 'sendToClient')(response))
    assert.is(await (await pending).text(), 'stored')
  })

  test(`an invalid purge target or option is refused, and purges nothing, over ${where}`, async () => {
    const answer = await cache.send(url)
    answer.cancel()
    const targets = [
      ...[undefined, null, 5, 'kept', {}, { surrogatekey: 'kept' }],
      ...[{ all: false }, { all: true, soft: true }, { surrogateKey: 'kept', all: true }],
      ...[{ surrogateKey: 5 }, { surrogateKey: '' }, { surrogateKey: 'a b' }, { surrogateKey: 'k'.repeat(1025) }],
      ...[{ url: 'stored' }, { url: 5 }, { url: 'ftp://127.0.0.1/stored' }],
    ]
    for (const target of targets) refuses(() => purge(target))
    refuses(() => purge({ surrogateKey: 'kept' }, { sofft: true }))
    refuses(() => purge({ surrogateKey: 'kept' }, { soft: 1 }))
    refuses(() => purge({ all: true }, { soft: true }))
    assert.is((await cache.send(url)).wasCached, true)
  })

  test(`wait and select refuse invalid options and lists, over ${where}`, () => {
    const pending = cache.send(url)
    const wait = untyped(pending, 'wait')
    for (const options of [{ timeout: 1 }, { timeoutMs: -1 }, { timeoutMs: '1' }, { timeoutMs: null }, 5, null])
      refuses(() => wait(options))
    const select = untyped(cache, 'select')
    for (const list of [undefined, 5, [], [5], [Promise.resolve()]]) refuses(() => select(list))
    refuses(() => select([pending], { timeout: 1 }))
    pending.cancel()
  })

  test(`a header edit with an invalid name, value or target is refused, over ${where}`, () => {
    const pending = cache.send(url)
    const edit = untyped(pending, 'setResponseHeader')
    for (const args of [
      [],
      ['name'],
      [undefined, 'value'],
      [5, 'value'],
      ['name', 5],
      ['name', 'a\nb'],
      ['a b', 'c'],
      ['name', 'value', 'nobody'],
    ])
      refuses(() => edit(...args))
    pending.cancel()
  })

  test(`a candidate refuses values of the wrong kind, over ${where}`, async () => {
    const path = origin.url(`/candidate?${where.length}`)
    const wrong: [string, unknown][] = [
      ...[-1, Number.NaN, '1'].map((value): [string, unknown] => ['ttl', value]),
      ...[5, ['a b'], 'accept'].map((value): [string, unknown] => ['vary', value]),
      ...[5, 'a'].map((value): [string, unknown] => ['surrogateKeys', value]),
      ...[99, 600, '200'].map((value): [string, unknown] => ['status', value]),
      ['sensitive', 1],
    ]
    const answer = await cache.send(path, {
      afterSend(candidate) {
        for (const [name, value] of wrong) refuses(() => Reflect.set(candidate, name, value))
        refuses(() => untyped(candidate, 'setUncacheable')({ recorded: true }))
      },
    })
    answer.cancel()
  })

  test(`a body is given out only once, over ${where}`, async () => {
    const finished = (error: TidewaitError) => error.code === 'AlreadyFinished'
    const read = await cache.send(url)
    await read.text()
    assert.throws(() => read.toWeb(), finished)
    const given = await cache.send(url)
    const web = given.toWeb()
    assert.throws(() => given.toWeb(), finished)
    assert.throws(() => given.text(), finished)
    assert.is(await web.text(), 'stored')
  })

  test(`a read that waits fails with Cancelled when its response is cancelled, over ${where}`, async () => {
    origin.on('/endless', { headers: { 'Cache-Control': 'no-store' }, body: endless() })
    const response = await cache.send(origin.url('/endless'))
    assert.is(String(await response.read().then((chunk) => new TextDecoder().decode(chunk))), 'start')
    const reading = response.read()
    assert.is(reading.poll().ready, false)
    response.cancel()
    assert.throws(
      () => reading.poll(),
      (error: TidewaitError) => error.code === 'Cancelled',
    )
  })

  test(`a request body that breaks off fails its own request, over ${where}`, async () => {
    const body = (async function* () {
      yield new TextEncoder().encode('start')
      throw new RangeError('no more')
    })()
    const failure = await cache.send(url, { method: 'POST', body }).then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.instance(failure, TidewaitError)
    assert.is((failure as TidewaitError).code, 'IoError')
    assert.instance((failure as TidewaitError).cause, RangeError)
  })

  test(`a request body that yields something else than bytes fails with blame caller, over ${where}`, async () => {
    for (const chunk of [5, null, {}, new DataView(new ArrayBuffer(2))]) {
      const body = (async function* () {
        yield chunk as Uint8Array
      })()
      const failure = await cache.send(url, { method: 'POST', body }).then(
        () => undefined,
        (error: unknown) => error as SendError,
      )
      assert.equal([failure?.code, failure?.blame], ['IoError', 'caller'])
      assert.instance(failure?.cause, InvalidArgumentError)
    }
  })

  test(`bytes that were transferred are not left out of a request body: it fails with blame caller, over ${where}`, async () => {
    const stream = () =>
      new ReadableStream<Uint8Array>({
        start(chunks) {
          for (const chunk of [bytes('kept'), transferred(bytes('gone')), bytes('kept')]) chunks.enqueue(chunk)
          chunks.close()
        },
      })
    for (const call of [
      () => cache.send(url, { method: 'POST', body: stream() }),
      () => cache.fetch(url, { method: 'POST', body: stream(), duplex: 'half' }),
      () => cache.fetch(new Request(url, { method: 'POST', body: stream(), duplex: 'half' })),
    ]) {
      const failure = await failureOf<SendError>(call())
      assert.equal([failure.code, failure.blame], ['IoError', 'caller'])
    }
    assert.is(origin.requests.filter(({ method, body }) => method === 'POST' && body === 'keptkept').length, 0)
  })

  test(`close refuses invalid options, and closes nothing, over ${where}`, async () => {
    const close = untyped(cache, 'close')
    for (const options of [null, 5, { drain: 1 }, { drainMs: -1 }, { drainMs: '1' }]) refuses(() => close(options))
    assert.is((await cache.send(url)).status, 200)
  })

  test(`a closed cache refuses send, purge, explain and fetch, over ${where}`, async () => {
    const closed = (error: TidewaitError) => error.code === 'Closed'
    await cache.close()
    for (const call of [() => cache.send(url), () => cache.purge({ all: true }), () => cache.explain(url)])
      assert.throws(call, closed)
    assert.is(await cache.fetch(url).catch((error: TidewaitError) => error.code), 'Closed')
  })
}

test('a body whose bytes were transferred to another thread is refused', () => {
  const cache = openCache()
  for (const view of [new Uint8Array(4), new DataView(new ArrayBuffer(4)), new Uint16Array(2)]) {
    for (const body of [transferred(view), view.buffer])
      refuses(() => untyped(cache, 'send')(url, { method: 'POST', body }))
  }
})

/** `view`, without its bytes. */
function transferred<T extends ArrayBufferView<ArrayBuffer>>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer] })
  return view
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

/** Values that have no text of their own, or that cannot be made into a text. */
const UNPRINTABLE = [5n, Symbol('s'), Object.create(null), { toString: null }]

test('a value that cannot even be printed is refused like any other invalid value', () => {
  const cache = openCache()
  const pending = cache.send(url)
  for (const given of UNPRINTABLE) {
    for (const options of [
      ...[
        { policy: { markerSeconds: given } },
        { store: { kind: 'memory', maxBytes: given } },
        { store: { kind: given } },
      ],
      ...[{ backends: { a: { url: given } } }, { backends: { a: { url: 'http://a', retry: { limit: given } } } }],
    ])
      refuses(() => (openCache as Call)(options))
    refuses(() => untyped(cache, 'send')(given))
    for (const init of [
      { method: given },
      { cacheKey: given },
      { cacheOverride: { ttl: given } },
      { headers: [given] },
    ])
      refuses(() => untyped(cache, 'send')(url, init))
    for (const target of [{ url: given }, { surrogateKey: given }]) refuses(() => untyped(cache, 'purge')(target))
    for (const args of [
      [given, 'a'],
      ['a', given],
      ['a', 'b', given],
    ])
      refuses(() => untyped(pending, 'setResponseHeader')(...args))
  }
  refuses(() => untyped(cache, 'send')(url, { cacheKey: null }))
  refuses(() => (openCache as Call)({ policy: [] }))
  pending.cancel()
})

test('reading a body after its cache was closed fails, and says that the cache is closed', async () => {
  const cache = openCache()
  const response = await cache.send(url)
  await cache.close()
  assert.throws(() => response.text(), /the cache is closed/)
})

test.after(async () => {
  await host.close()
  await origin[Symbol.asyncDispose]()
})
test.run()

async function* endless(): AsyncGenerator<string> {
  yield 'start'
  await new Promise(() => {})
}
