/** An injected `fetch` is as good as connections of our own, as far as it can be. */

import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { has, values } from '../../lib/http/message.js'
import { neverAnswers, resetsBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { closedPort } from '../kit/closed-port.js'
import { startOrigin } from '../kit/origin.js'
import { answerOf, failureOf, get, next, SpecOrigins, text } from './sending.js'

test('an injected fetch gets the whole request, and is asked to follow no redirect', async () => {
  const calls: [string, RequestInit | undefined][] = []
  await using origins = new SpecOrigins({
    backends: { api: { url: 'http://inner/base', headers: { 'x-key': 'k' } } },
    fetch: async (input, init) => {
      calls.push([String(input), init])
      return new Response('hello', { status: 201, headers: { 'x-a': '1' } })
    },
  })
  const request = { method: 'PUT', url: 'http://outer/x?y', fields: [['x-b', '2']] } as const
  const { head, body } = await answerOf(origins.send(request, { backend: 'api', body: new Uint8Array(2) }))
  assert.is(head.status, 201)
  assert.equal(values(head.fields, 'x-a'), ['1'])
  assert.is(await text(body), 'hello')
  assert.is(origins.active, 0)
  const [[url, init] = []] = calls
  assert.is(url, 'http://inner/base/x?y')
  assert.equal([init?.method, init?.redirect], ['PUT', 'manual'])
  const sent = new Headers(init?.headers)
  assert.equal(
    [...sent],
    [
      ['x-b', '2'],
      ['x-key', 'k'],
    ],
  )
})

test('cookies stay apart, and fields that described the coded body are dropped', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ fetch })
  origin.on('/', {
    headers: { 'content-encoding': 'gzip', 'set-cookie': ['a=1', 'b=2'] },
    body: gzipSync('plain'),
  })
  const { head, body } = await answerOf(origins.send(get(origin.url('/'))))
  assert.equal(values(head.fields, 'set-cookie'), ['a=1', 'b=2'])
  assert.not.ok(has(head.fields, 'content-encoding'))
  assert.not.ok(has(head.fields, 'content-length'))
  assert.is(body.length, undefined)
  assert.is(await text(body), 'plain')
})

test('redirects and error statuses of an injected fetch are answers', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ fetch })
  for (const status of [302, 304, 404, 503]) {
    origin.on('/', { status, headers: { location: '/elsewhere' } })
    const { head, body } = await answerOf(origins.send(get(origin.url('/'))))
    assert.is(head.status, status)
    assert.is(await text(body), '')
  }
  assert.is(origin.count('/elsewhere'), 0)
})

test('a Response.error() of an injected fetch is HttpResponseStatusInvalid', async () => {
  await using origins = new SpecOrigins({ fetch: async () => Response.error() })
  assert.is((await failureOf(answerOf(origins.send(get('http://a/'))))).code, 'HttpResponseStatusInvalid')
})

test('failures of an injected fetch mean what those of a connection mean', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ fetch })
  origin.on('/reset', resetsBeforeHeaders)
  const codeOf = async (url: string) => (await failureOf(answerOf(origins.send(get(url))))).code
  assert.is(await codeOf(origin.url('/reset')), 'ConnectionTerminated')
  assert.is(await codeOf(`${await closedPort()}/`), 'ConnectionRefused')
})

test("an unexplained TypeError of an injected fetch is the network's failure, and any other error is the caller's", async () => {
  for (const [cause, code, blame] of [
    [new TypeError('fetch failed'), 'ConnectionTerminated', 'origin'],
    [new TypeError('Failed to fetch', { cause: new Error('who knows') }), 'ConnectionTerminated', 'origin'],
    [new RangeError('too much'), 'InternalError', 'caller'],
    ['a text', 'InternalError', 'caller'],
  ] as const) {
    await using origins = new SpecOrigins({ fetch: () => Promise.reject(cause) })
    const error = await failureOf(answerOf(origins.send(get('http://a/'))))
    assert.equal([error.code, error.blame, error.cause], [code, blame, cause])
  }
})

test('a body that fails with an unexplained TypeError is HttpIncompleteResponse', async () => {
  const cause = new TypeError('terminated')
  const breaks = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(cause) }, { highWaterMark: 0 })
  await using origins = new SpecOrigins({ fetch: async () => new Response(breaks) })
  const { body } = await answerOf(origins.send(get('http://a/')))
  const error = await failureOf(next(body))
  assert.equal([error.code, error.blame, error.cause], ['HttpIncompleteResponse', 'origin', cause])
})

test('an injected fetch that gives no Response fails the send, and the caller is to blame', async () => {
  for (const nothing of [undefined, 'a body', {}]) {
    await using origins = new SpecOrigins({ fetch: (async () => nothing) as unknown as typeof fetch })
    const error = await failureOf(answerOf(origins.send(get('http://a/'))))
    assert.equal([error.code, error.blame], ['InternalError', 'caller'])
  }
})

test('a body that breaks off gives the bytes before it first', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ fetch })
  const barrier = new Barrier()
  origin.on('/', { body: ['one', barrier], declaredLength: 10 })
  const { body } = await answerOf(origins.send(get(origin.url('/'))))
  assert.is(await next(body), 'one')
  barrier.open()
  assert.is((await failureOf(next(body))).code, 'HttpIncompleteResponse')
})

test('a body that is not of bytes fails and is cancelled, and is not taken for an empty one', async () => {
  const cancelled = new Barrier()
  const stream = new ReadableStream<string>({
    start: (controller) => controller.enqueue('text'),
    cancel: () => cancelled.open(),
  })
  await using origins = new SpecOrigins({ fetch: async () => new Response(stream as unknown as ReadableStream) })
  const { body } = await answerOf(origins.send(get('http://origin/')))
  const error = await failureOf(next(body))
  assert.equal([error.code, error.blame], ['InternalError', 'caller'])
  await cancelled.opened
})

test('an injected fetch that throws at the call fails the send, and does not throw at its caller', async () => {
  const cause = new Error('broken')
  const broken = () => {
    throw cause
  }
  await using origins = new SpecOrigins({ fetch: broken })
  const error = await failureOf(answerOf(origins.send(get('http://a/'))))
  assert.equal([error.code, error.blame, error.cause], ['InternalError', 'caller', cause])
})

test('no answer is HttpResponseTimeout after firstByteTimeoutMs, even where an injected fetch heeds no signal', async () => {
  await using origin = await startOrigin()
  const asked = new Barrier()
  const deaf: typeof fetch = () => {
    asked.open()
    return new Promise(() => {})
  }
  origin.on('/', neverAnswers)
  for (const given of [fetch, deaf]) {
    await using origins = new SpecOrigins({
      fetch: given,
      backends: { slow: { url: origin.base, firstByteTimeoutMs: 50 } },
    })
    const send = origins.send(get(origin.url('/')), { backend: 'slow' })
    await (given === fetch ? origin.arrived('/') : asked.opened)
    origins.clock.advance(50)
    assert.is((await failureOf(answerOf(send))).code, 'HttpResponseTimeout')
    assert.is(origins.active, 0)
  }
  await origin.hungUp('/')
})

test('a reader that stops reading stops the stream, and a reader that cancels cancels it', async () => {
  let pulled = 0
  const cancelled = new Barrier()
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array([pulled++])),
    cancel: () => cancelled.open(),
  })
  await using origins = new SpecOrigins({ fetch: async () => new Response(stream) })
  const { body } = await answerOf(origins.send(get('http://a/')))
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  assert.ok(pulled <= 10, `${pulled} chunks were pulled`)
  for (let taken = 0; taken < 100; taken++) assert.is(await next(body), String.fromCharCode(taken))
  body.cancel()
  await cancelled.opened
  assert.is(origins.active, 0)
})

test('betweenBytesTimeoutMs does not run while the reader is slow, and runs again once it reads on', async () => {
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (origins.clock.now() === began) controller.enqueue(Uint8Array.of(1))
        else return new Promise(() => {})
      },
    },
    { highWaterMark: 0 },
  )
  await using origins = new SpecOrigins({
    fetch: async () => new Response(stream),
    backends: { slow: { url: 'http://a', betweenBytesTimeoutMs: 300 } },
  })
  const began = origins.clock.now()
  const { body } = await answerOf(origins.send(get('http://a/'), { backend: 'slow' }))
  while (origins.clock.timers.length > 0) await new Promise(setImmediate)
  origins.clock.advance(1000)
  while (body.ready) await next(body)
  await origins.clock.set(300)
  origins.clock.advance(300)
  assert.is((await failureOf(next(body))).code, 'HttpResponseTimeout')
})

test('cancelling a body whose stream is silent cancels the stream', async () => {
  const cancelled = new Barrier()
  const stream = new ReadableStream<Uint8Array>({ cancel: () => cancelled.open() })
  await using origins = new SpecOrigins({ fetch: async () => new Response(stream) })
  const { body } = await answerOf(origins.send(get('http://a/')))
  body.cancel()
  await cancelled.opened
})

test('a send by an injected fetch is retried as any other', async () => {
  let calls = 0
  const flaky: typeof fetch = async () => {
    calls += 1
    if (calls === 1) throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) })
    return new Response('second')
  }
  await using origins = new SpecOrigins({ fetch: flaky, backends: { flaky: { url: 'http://a', retry: 1 } } })
  const send = origins.send(get('http://a/'), { backend: 'flaky' })
  await origins.clock.set(300)
  origins.clock.advance(300)
  assert.is(await text((await answerOf(send)).body), 'second')
})

test.run()
