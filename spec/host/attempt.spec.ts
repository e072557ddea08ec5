/** Every way in which an origin can fail: which error the send gets, when, and what is left behind. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  answersGarbage,
  CLOSE,
  closesBeforeHeaders,
  neverAnswers,
  RESET,
  resetsBeforeHeaders,
  SILENCE,
} from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { closedPort } from '../kit/closed-port.js'
import { startOrigin } from '../kit/origin.js'
import { answerOf, failureOf, get, next, SpecOrigins, text } from './sending.js'

const okThen = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

const beforeTheHead: readonly (readonly [what: string, answer: Answer, code: string])[] = [
  ['a reset before the head', resetsBeforeHeaders, 'ConnectionTerminated'],
  ['an end before the head', closesBeforeHeaders, 'ConnectionTerminated'],
  ['an end in the head', { raw: ['HTTP/1.1 200 OK\r\ncache-con', CLOSE] }, 'ConnectionTerminated'],
  ['garbage', answersGarbage, 'HttpProtocolError'],
  ['a head that is too large', { headers: { 'x-large': 'x'.repeat(64 * 1024) } }, 'HttpResponseHeaderSectionTooLarge'],
  [
    'an upgrade nobody asked for',
    { raw: ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'] },
    'HttpResponseStatusInvalid',
  ],
]

for (const [what, answer, code] of beforeTheHead) {
  test(`${what} fails the send with ${code}`, async () => {
    await using origin = await startOrigin()
    await using origins = new SpecOrigins()
    origin.on('/', answer)
    const error = await failureOf(answerOf(origins.send(get(origin.url('/')))))
    assert.equal([error.code, error.blame, error.backend], [code, 'origin', origin.base])
    assert.is(origin.count('/'), 1, 'nothing was tried again')
    assert.is(origins.active, 0)
    assert.equal(origins.clock.timers, [])
  })
}

test('a port where nobody listens fails the send with ConnectionRefused', async () => {
  await using origins = new SpecOrigins()
  const url = `${await closedPort()}/`
  const error = await failureOf(answerOf(origins.send(get(url))))
  assert.equal([error.code, error.request.url], ['ConnectionRefused', url])
})

test('a name that does not resolve fails the send with DnsError', async () => {
  await using origins = new SpecOrigins()
  const error = await failureOf(answerOf(origins.send(get('http://origin.invalid/'))))
  assert.ok(['DnsError', 'DnsTimeout'].includes(error.code), error.code)
})

test('TLS towards an origin without it fails the send with TlsProtocolError', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const error = await failureOf(answerOf(origins.send(get(origin.url('/').replace('http:', 'https:')))))
  assert.is(error.code, 'TlsProtocolError')
})

const withinTheBody: readonly (readonly [what: string, answer: (barrier: Barrier) => Answer, code: string])[] = [
  ['a reset in the body', (barrier) => ({ body: ['one', barrier, RESET] }), 'ConnectionTerminated'],
  ['an end in a chunked body', (barrier) => ({ body: ['one', barrier, CLOSE] }), 'HttpIncompleteResponse'],
  [
    'an end in a chunked body on a connection that is to close',
    (barrier) => ({ headers: { connection: 'close', 'transfer-encoding': 'chunked' }, body: ['one', barrier, CLOSE] }),
    'HttpIncompleteResponse',
  ],
  [
    'fewer bytes than declared',
    (barrier) => ({ body: ['one', barrier], declaredLength: 10 }),
    'HttpIncompleteResponse',
  ],
  [
    'fewer bytes than declared on a connection that is to close',
    (barrier) => ({ body: ['one', barrier], declaredLength: 10, headers: { connection: 'close' } }),
    'HttpIncompleteResponse',
  ],
  ['a chunk that is none', (barrier) => ({ raw: [`${okThen}3\r\none\r\n`, barrier, 'zz\r\n'] }), 'HttpProtocolError'],
]

for (const [what, answer, code] of withinTheBody) {
  test(`${what} gives the bytes before it, then fails the body with ${code}`, async () => {
    await using origin = await startOrigin()
    await using origins = new SpecOrigins()
    const barrier = new Barrier()
    origin.on('/', answer(barrier))
    const { body } = await answerOf(origins.send(get(origin.url('/'))))
    assert.is(await next(body), 'one')
    barrier.open()
    const error = await failureOf(next(body))
    assert.equal([error.code, error.blame], [code, 'origin'])
    assert.is(body.trailers(), undefined)
    assert.is(origins.active, 0)
  })
}

test('bytes beyond the declared length of a body belong to no answer', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', [{ body: ['one', 'two'], declaredLength: 3 }, { body: 'clean' }])
  assert.is(await text((await answerOf(origins.send(get(origin.url('/'))))).body), 'one')
  assert.is(await text((await answerOf(origins.send(get(origin.url('/'))))).body), 'clean')
})

const patience = { connectTimeoutMs: 100, firstByteTimeoutMs: 200, betweenBytesTimeoutMs: 300 }

test('an origin that never answers fails the send with HttpResponseTimeout after firstByteTimeoutMs', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { slow: { url: origin.base, ...patience } } })
  origin.on('/', neverAnswers)
  const send = origins.send(get(origin.url('/')), { backend: 'slow' })
  await origin.arrived('/')
  origins.clock.advance(199)
  assert.not.ok(send.ready)
  origins.clock.advance(1)
  assert.is((await failureOf(answerOf(send))).code, 'HttpResponseTimeout')
  await origin.hungUp('/')
})

test('an origin that falls silent in the body fails it with HttpResponseTimeout after betweenBytesTimeoutMs', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { slow: { url: origin.base, ...patience } } })
  const barrier = new Barrier()
  origin.on('/', { body: ['one', barrier, 'two', SILENCE] })
  const { body } = await answerOf(origins.send(get(origin.url('/')), { backend: 'slow' }))
  assert.is(await next(body), 'one')
  origins.clock.advance(299)
  barrier.open()
  assert.is(await next(body), 'two')
  origins.clock.advance(299)
  assert.not.ok(body.ready)
  origins.clock.advance(1)
  assert.is((await failureOf(next(body))).code, 'HttpResponseTimeout')
  await origin.hungUp('/')
})

test('a send without a free connection in time fails with ConnectionLimitReached, and leaves the one in use alone', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({
    backends: { one: { url: origin.base, maxConnections: 1, ...patience, firstByteTimeoutMs: 1000 } },
  })
  const held = origin.on('/', { body: 'x' }).hold('/')
  const first = origins.send(get(origin.url('/')), { backend: 'one' })
  await origin.arrived('/')
  const second = origins.send(get(origin.url('/')), { backend: 'one' })
  await origins.clock.set(100)
  origins.clock.advance(100)
  const error = await failureOf(answerOf(second))
  assert.equal([error.code, error.blame], ['ConnectionLimitReached', 'caller'])
  held.open()
  assert.is(await text((await answerOf(first)).body), 'x')
  assert.is(origin.count('/'), 1)
})

test('a connection that is not open in time fails each send that waits for it with ConnectionTimeout', async () => {
  const far = { url: 'http://127.0.0.1:1', maxConnections: 1, ...patience }
  await using origins = new SpecOrigins({ backends: { far } })
  const sends = [1, 2, 3].map(() => origins.send(get('http://127.0.0.1:1/'), { backend: 'far' }))
  // The attempts start in a microtask, and no socket connects before the next turn.
  while (origins.clock.timers.length < sends.length) await Promise.resolve()
  origins.clock.advance(100)
  for (const send of sends) assert.is((await failureOf(answerOf(send))).code, 'ConnectionTimeout')
})

test('a request body that fails is IoError, and the caller is to blame', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const cause = new Error('disk gone')
  const body = (async function* () {
    yield new TextEncoder().encode('part')
    throw cause
  })()
  const error = await failureOf(answerOf(origins.send({ ...get(origin.url('/')), method: 'PUT' }, { body })))
  assert.equal([error.code, error.blame, error.cause], ['IoError', 'caller', cause])
})

test.run()
