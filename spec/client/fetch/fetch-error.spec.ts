/** `fetch` fails as every `fetch` does, and its errors are ours too. */

import { gzipSync } from 'node:zlib'
import ky from 'ky'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deserializeError, serializeError } from '../../../lib/bridge/line/serialized-errors.js'
import {
  ClosedError,
  InvalidArgumentError,
  isSendError,
  openCache,
  SendError,
  startHost,
  TidewaitError,
  TruncatedBodyError,
} from '../../../lib/index.js'
import { CLOSE, closesBeforeHeaders, RESET } from '../../kit/answer.js'
import { Barrier } from '../../kit/barrier.js'
import { closedPort } from '../../kit/closed-port.js'
import { failureOf } from '../../kit/failures.js'
import { startOrigin } from '../../kit/origin.js'

const test = suite('fetch-error')
const origin = await startOrigin()
const host = await startHost()
const caches = { here: openCache(), 'in another thread': host.connect() }
const cache = caches.here
test.after(async () => {
  await cache.close()
  await host.close()
  await origin[Symbol.asyncDispose]()
})

type Failure = TidewaitError & { readonly cause: { readonly code?: string; readonly message?: string } }

/** What programs look at to know a failure of the network. */
const asClientsSee = ({ name, message, cause }: Failure) => ({ name, message, cause: cause.code })

for (const [where, cache] of Object.entries(caches)) {
  test(`a refused connection fails with a TypeError, the cause of the platform, and a SendError, with a host ${where}`, async () => {
    const url = await closedPort()
    const [ours, theirs] = [await failureOf<Failure>(cache.fetch(url)), await failureOf<Failure>(fetch(url))]
    assert.equal(asClientsSee(ours), asClientsSee(theirs))
    assert.equal(asClientsSee(ours), { name: 'TypeError', message: 'fetch failed', cause: 'ECONNREFUSED' })
    for (const kind of [TypeError, SendError, TidewaitError]) assert.instance(ours, kind)
    assert.not.instance(ours, InvalidArgumentError)
    assert.ok(isSendError(ours))
    assert.equal(
      [ours.code, ours.blame, ours.backend, ours.request.method],
      ['ConnectionRefused', 'origin', url, 'GET'],
    )
  })

  test(`a body that breaks off fails its reader with a terminated TypeError and blame origin, with a host ${where}`, async () => {
    for (const [path, coding, body] of [
      ['/plain', 'identity', Buffer.from('start')],
      ['/coded', 'gzip', gzipSync('start')],
    ] as const) {
      origin.on(path, { headers: { 'Content-Encoding': coding }, body, declaredLength: 100 })
      const failure = async (from: typeof fetch) => failureOf<Failure>((await from(origin.url(path))).text())
      const [ours, theirs] = [await failure(cache.fetch as typeof fetch), await failure(fetch)]
      assert.equal([ours.name, ours.message], [theirs.name, theirs.message])
      assert.is(ours.message, 'terminated')
      assert.instance(ours, TypeError)
      assert.ok(isSendError(ours) || ours instanceof TruncatedBodyError, ours.code)
      assert.is(ours.blame, 'origin')
    }
  })
}

for (const [whose, over] of Object.entries({ 'of the platform': fetch, 'of another cache': cache.fetch })) {
  test(`over a fetch ${whose}, the cause of a failure is that of the system as well`, async () => {
    const layered = openCache({ fetch: over as typeof fetch })
    const failures = [await failureOf<Failure>(layered.fetch(await closedPort()))]
    origin.on('/closes', { body: ['start', CLOSE], declaredLength: 100 })
    failures.push(await failureOf<Failure>(layered.fetch(origin.url('/closes')).then((response) => response.text())))
    assert.equal(failures.map(asClientsSee), [
      { name: 'TypeError', message: 'fetch failed', cause: 'ECONNREFUSED' },
      { name: 'TypeError', message: 'terminated', cause: 'UND_ERR_SOCKET' },
    ])
    await layered.close()
  })
}

test('a failure that is not the system’s has our error for its cause', async () => {
  const failure = await failureOf<Failure>(cache.fetch(origin.url('/'), { backend: 'unknown' }))
  assert.instance(failure, TypeError)
  assert.is((failure.cause as Failure).message, `there is no such backend: GET ${origin.url('/')} (backend unknown)`)
  assert.is(failure.cause.code, 'DestinationNotFound')
})

test('headers that cannot be sent fail a fetch with an InvalidArgumentError, which says what is wrong with them', async () => {
  const failure = await failureOf<Failure>(cache.fetch(origin.url('/'), { headers: { 'no name': 'x' } }))
  assert.instance(failure, TypeError)
  assert.instance(failure, InvalidArgumentError)
  assert.match(failure.message, /no name/)
})

test('the error that a hook throws is the cause of the failed fetch', async () => {
  const cause = new Error('not today')
  const beforeSend = () => {
    throw cause
  }
  const failure = await failureOf<Failure>(cache.fetch(origin.url('/'), { beforeSend }))
  assert.equal([failure.message, failure.code, failure.cause], ['fetch failed', 'Custom', cause])
})

test('an invalid request fails with a TypeError that is an InvalidArgumentError, and says what is wrong', async () => {
  for (const [input, init] of [
    ['/relative', {}],
    ['ftp://localhost/', {}],
    ['http://user:pass@localhost/', {}],
    [origin.url('/'), { method: 'TRACE' }],
    [origin.url('/'), { body: 'x' }],
    [origin.url('/'), { cache: 'sometimes' as 'default' }],
    [origin.url('/'), { redirect: 'sometimes' as 'follow' }],
    [origin.url('/'), { priority: 'urgent' as 'high' }],
    [origin.url('/'), { cacheOverride: { ttl: -1 } }],
  ] as const) {
    const failure = await failureOf<Failure>(cache.fetch(input, init))
    assert.instance(failure, TypeError)
    assert.instance(failure, InvalidArgumentError)
    assert.is.not(failure.message, 'fetch failed')
  }
})

test('an invalid URL fails with the cause of the platform, be it requested or redirected to', async () => {
  origin.on('/nowhere', { status: 302, headers: { Location: 'http://:0:' } })
  for (const input of ['/relative', 'http://localhost:99999/', origin.url('/nowhere')]) {
    const [ours, theirs] = [await failureOf<Failure>(cache.fetch(input)), await failureOf<Failure>(fetch(input))]
    assert.equal([ours.name, ours.cause.code], [theirs.name, theirs.cause.code])
    assert.is(ours.cause.code, 'ERR_INVALID_URL')
  }
})

test('a port of another protocol is refused, be it requested or redirected to; a backend may have any port', async () => {
  origin.on('/mail', { status: 302, headers: { Location: 'http://localhost:25/' } })
  for (const input of ['http://localhost:6667/', 'http:localhost:00025', 'https://[::1]:10080/', origin.url('/mail')]) {
    const [ours, theirs] = [await failureOf<Failure>(cache.fetch(input)), await failureOf<Failure>(fetch(input))]
    assert.equal([ours.name, ours.message, ours.cause.message], [theirs.name, theirs.message, theirs.cause.message])
    assert.is(ours.cause.message, 'bad port')
  }
  const named = openCache({ backends: { odd: origin.base } })
  assert.is((await named.fetch('http://localhost:6667/', { backend: 'odd' })).status, 404)
  await named.close()
})

test('fetch on a closed cache fails with a TypeError that is a ClosedError', async () => {
  const closed = openCache()
  await closed.close()
  const failure = await failureOf<Failure>(closed.fetch(origin.url('/')))
  assert.instance(failure, TypeError)
  assert.instance(failure, ClosedError)
})

test('a body that is cut off by the close of its cache fails as terminated, too', async () => {
  const closing = openCache()
  origin.on('/closing', { body: ['start', new Barrier()] })
  const response = await closing.fetch(origin.url('/closing'), { cache: 'no-store' })
  const read = failureOf<Failure>(response.text())
  await closing.close({ drainMs: 0 })
  const failure = await read
  assert.instance(failure, TypeError)
  assert.is(failure.message, 'terminated')
})

test('send fails with the SendError itself, and not with a TypeError', async () => {
  const failure = await failureOf<Failure>(cache.send(await closedPort()))
  assert.ok(isSendError(failure))
  assert.not.instance(failure, TypeError)
})

test('send over the fetch of another cache, and an error told across threads, give the SendError behind the TypeError', async () => {
  const over = openCache({ fetch: cache.fetch as typeof fetch })
  const url = await closedPort()
  const failure = await failureOf<Failure>(over.send(url))
  const told = deserializeError(serializeError(await failureOf<Failure>(over.fetch(url))))
  for (const each of [failure, told]) {
    assert.ok(isSendError(each))
    assert.not.instance(each, TypeError)
    assert.is(each.code, 'ConnectionRefused')
  }
  await over.close()
})

test('ky tries again what the network lost, as it does over the platform’s fetch', async () => {
  for (const [name, from] of [
    ['ours', cache.fetch as typeof fetch],
    ['theirs', fetch],
  ] as const) {
    const path = `/ky-${name}`
    origin.on(path, [closesBeforeHeaders, { raw: ['HTTP/1.1 200 OK\r\n', RESET] }, { body: 'third' }])
    assert.is(await ky(origin.url(path), { fetch: from, retry: { delay: () => 0 } }).text(), 'third')
    assert.is(origin.count(path), 3)
  }
})

test('ky gives up with the failure of its last try, which is a SendError', async () => {
  origin.on('/ky-lost', { raw: CLOSE })
  const failure = await failureOf<Failure>(
    ky(origin.url('/ky-lost'), { fetch: cache.fetch, retry: { limit: 1, delay: () => 0 } }),
  )
  assert.instance(failure, TypeError)
  assert.ok(isSendError(failure))
  assert.is(failure.code, 'ConnectionTerminated')
  assert.is(origin.count('/ky-lost'), 2)
})

test.run()
