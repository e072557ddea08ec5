/** A send from its call until its answer is taken, with everything that can end it in between. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closesBeforeHeaders, neverAnswers, resetsBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'
import { answerOf, failureOf, get, next, SpecOrigins, text } from './sending.js'

const isCode = (code: string) => (error: { code?: string }) => error.code === code

test('a send is ready once its head is there, and its answer is taken once', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const held = origin.on('/', { body: 'x' }).hold('/')
  const send = origins.send(get(origin.url('/')))
  assert.not.ok(send.ready)
  assert.throws(() => send.take(), isCode('Busy'))
  held.open()
  const { body } = await answerOf(send)
  assert.ok(send.ready)
  assert.throws(() => send.take(), isCode('AlreadyFinished'))
  assert.is(await text(body), 'x')
})

test('a request goes out though nobody asks for its answer', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origins.send({ ...get(origin.url('/')), method: 'POST' })
  await origin.arrived('/')
})

test('a failed send throws the same error each time it is taken', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const send = origins.send(get(origin.on('/', resetsBeforeHeaders).url('/')))
  const error = await failureOf(answerOf(send))
  assert.throws(
    () => send.take(),
    (again: unknown) => again === error,
  )
})

test('a listener of a send is called once, at once where the send is ready, and never after its undo', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const send = origins.send(get(origin.on('/', { body: 'x' }).url('/')))
  const calls: string[] = []
  send.onReady(() => calls.push('undone'))()
  await new Promise<void>((resolve) =>
    send.onReady(() => {
      calls.push('waiting')
      resolve()
    }),
  )
  send.onReady(() => calls.push('ready'))
  assert.equal(calls, ['waiting', 'ready'])
})

test('a failed send that nobody takes is no unhandled rejection', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  const send = origins.send(get(origin.on('/', resetsBeforeHeaders).url('/')))
  await new Promise<void>((resolve) => send.onReady(resolve))
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  assert.equal(unhandled, [])
})

test('cancelling a send before its head gives the connection up and wakes the listener', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const send = origins.send(get(origin.on('/', neverAnswers).url('/')))
  let calls = 0
  send.onReady(() => calls++)
  await origin.arrived('/')
  send.cancel()
  send.cancel()
  assert.is(calls, 1)
  assert.throws(() => send.take(), isCode('Cancelled'))
  await origin.hungUp('/')
  assert.is(origins.active, 0)
})

test('cancelling a send in the same turn sends nothing', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origins.send(get(origin.url('/cancelled'))).cancel()
  await text((await answerOf(origins.send(get(origin.url('/sent'))))).body)
  assert.is(origin.count('/cancelled'), 0)
})

test('cancelling an answer that was not taken cancels its body', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const send = origins.send(get(origin.on('/', { body: ['one', new Barrier()] }).url('/')))
  await new Promise<void>((resolve) => send.onReady(resolve))
  send.cancel()
  assert.throws(() => send.take(), isCode('Cancelled'))
  await origin.hungUp('/')
})

test('cancelling after the answer was taken does not touch its body', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const barrier = new Barrier()
  const send = origins.send(get(origin.on('/', { body: ['one', barrier, 'two'] }).url('/')))
  const { body } = await answerOf(send)
  send.cancel()
  barrier.open()
  assert.is(await text(body), 'onetwo')
})

test('a backend with retries is tried again, each time after twice as long', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({
    backends: { flaky: { url: origin.base, retry: { limit: 3, delayMs: 100 } } },
  })
  origin.on('/', [resetsBeforeHeaders, closesBeforeHeaders, { body: 'third time lucky' }])
  const send = origins.send(get(origin.url('/')), { backend: 'flaky' })
  await origins.clock.set(100)
  assert.is(origin.count('/'), 1)
  origins.clock.advance(100)
  await origins.clock.set(200)
  assert.is(origin.count('/'), 2)
  origins.clock.advance(200)
  assert.is(await text((await answerOf(send)).body), 'third time lucky')
  assert.is(origin.count('/'), 3)
})

test('when the retries are used up, the send fails with the last failure', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { flaky: { url: origin.base, retry: 1 } } })
  origin.on('/', [resetsBeforeHeaders, { raw: ['HTTP/1.1 101 No\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'] }])
  const send = origins.send(get(origin.url('/')), { backend: 'flaky' })
  await origins.clock.set(300)
  origins.clock.advance(300)
  assert.is((await failureOf(answerOf(send))).code, 'HttpResponseStatusInvalid')
  assert.is(origin.count('/'), 2)
})

test('the wait between retries does not grow beyond maxDelayMs', async () => {
  await using origin = await startOrigin()
  const retry = { limit: 2, delayMs: 100, maxDelayMs: 150 }
  await using origins = new SpecOrigins({ backends: { flaky: { url: origin.base, retry } } })
  origin.on('/', resetsBeforeHeaders)
  const send = origins.send(get(origin.url('/')), { backend: 'flaky' })
  await origins.clock.set(100)
  origins.clock.advance(100)
  await origins.clock.set(150)
  origins.clock.advance(150)
  await failureOf(answerOf(send))
  assert.is(origin.count('/'), 3)
})

test('unsafe methods, bodies that are read once, failures that stay, and statuses are not retried', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { flaky: { url: origin.base, retry: 3 } } })
  origin
    .on('/reset', resetsBeforeHeaders)
    .on('/large', { headers: { x: 'x'.repeat(64 * 1024) } })
    .on('/503', { status: 503 })
  const once = (async function* () {
    yield new TextEncoder().encode('x')
  })()
  const flaky = { backend: 'flaky' }
  await failureOf(answerOf(origins.send({ ...get(origin.url('/reset')), method: 'POST' }, flaky)))
  await failureOf(answerOf(origins.send({ ...get(origin.url('/reset')), method: 'PUT' }, { ...flaky, body: once })))
  await failureOf(answerOf(origins.send(get(origin.url('/large')), flaky)))
  assert.is((await answerOf(origins.send(get(origin.url('/503')), flaky))).head.status, 503)
  assert.is(origin.requests.length, 4)
})

test('a send whose body breaks off is not retried', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { flaky: { url: origin.base, retry: 3 } } })
  const barrier = new Barrier()
  origin.on('/', { body: ['one', barrier], declaredLength: 10 })
  const { body } = await answerOf(origins.send(get(origin.url('/')), { backend: 'flaky' }))
  await next(body)
  barrier.open()
  assert.is((await failureOf(next(body))).code, 'HttpIncompleteResponse')
  assert.is(origin.count('/'), 1)
})

test('cancelling a send between two retries ends the wait and the retries', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { flaky: { url: origin.base, retry: 3 } } })
  const send = origins.send(get(origin.on('/', resetsBeforeHeaders).url('/')), { backend: 'flaky' })
  await origins.clock.set(300)
  send.cancel()
  assert.equal(origins.clock.timers, [])
  assert.is(origins.active, 0)
  await new Promise(setImmediate)
  assert.is(origin.count('/'), 1)
})

test.run()
