/** Which origin a request goes to, and what closing does to all that is under way. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosedError } from '../../lib/base/errors.js'
import { isSendError } from '../../lib/pending/send-error.js'
import { neverAnswers, resetsBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'
import { refuses } from '../kit/refused.js'
import { answerOf, failureOf, get, next, SpecOrigins, text } from './sending.js'

const isCode = (code: string) => (error: unknown) => isSendError(error) && error.code === code

test('a request without a named backend goes to the origin of its own URL', async () => {
  await using one = await startOrigin()
  await using two = await startOrigin()
  await using origins = new SpecOrigins({ backends: { one: one.base } })
  one.on('/', { body: 'one' })
  two.on('/', { body: 'two' })
  assert.is(await text((await answerOf(origins.send(get(two.url('/'))))).body), 'two')
  assert.is(await text((await answerOf(origins.send(get(two.url('/')), { backend: 'one' }))).body), 'one')
})

test('an unknown backend, an invalid URL, or a method that no cache sends fails at the call', async () => {
  await using origins = new SpecOrigins()
  assert.throws(() => origins.send(get('http://a/'), { backend: 'who' }), isCode('DestinationNotFound'))
  for (const url of [
    '/relative',
    'ftp://a/',
    'http://',
    'http://user:secret@a/',
    'http://a:99999/',
    'http://a/b c',
    'http://a/\u2603',
  ]) {
    assert.throws(() => origins.send(get(url)), isCode('HttpRequestUriInvalid'), url)
  }
  for (const method of ['CONNECT', 'TRACE', 'GET /', '']) {
    refuses(() => origins.send({ ...get('http://a/'), method }))
  }
  assert.is(origins.active, 0)
})

test('has knows the backends by name', async () => {
  await using origins = new SpecOrigins({ backends: { api: 'http://127.0.0.1/' } })
  assert.equal([origins.has('api'), origins.has('who')], [true, false])
})

test('a send is active until its body is whole', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const barrier = new Barrier()
  const held = origin.on('/', { body: ['one', barrier] }).hold('/')
  const send = origins.send(get(origin.url('/')))
  assert.is(origins.active, 1)
  await origin.arrived('/')
  assert.is(origins.active, 1)
  held.open()
  const { body } = await answerOf(send)
  assert.is(await next(body), 'one')
  assert.is(origins.active, 1)
  barrier.open()
  assert.is(await next(body), undefined)
  assert.is(origins.active, 0)
})

test('close fails sends that wait for a head, a body, a connection or a retry, and refuses new sends', async () => {
  await using origin = await startOrigin()
  const backends = {
    one: { url: origin.base, maxConnections: 1 },
    flaky: { url: origin.base, retry: 1 },
  }
  const origins = new SpecOrigins({ backends })
  origin
    .on('/never', neverAnswers)
    .on('/body', { body: ['one', new Barrier()] })
    .on('/reset', resetsBeforeHeaders)
  const never = origins.send(get(origin.url('/never')), { backend: 'one' })
  await origin.arrived('/never')
  const queued = origins.send(get(origin.url('/queued')), { backend: 'one' })
  const retried = origins.send(get(origin.url('/reset')), { backend: 'flaky' })
  await origins.clock.set(300)
  const { body } = await answerOf(origins.send(get(origin.url('/body'))))
  assert.is(await next(body), 'one')

  await origins.close()
  for (const failed of [answerOf(never), answerOf(queued), answerOf(retried), next(body)]) {
    const error = await failureOf(failed)
    assert.equal([error.code, error.blame], ['ConnectionTerminated', 'caller'])
    assert.instance(error.cause, ClosedError)
  }
  assert.is(origins.active, 0)
  assert.equal(origins.clock.timers, [])
  assert.equal([origin.count('/queued'), origin.count('/reset')], [0, 1])
  assert.throws(
    () => origins.send(get(origin.url('/'))),
    (error: unknown) => error instanceof ClosedError,
  )
})

test('closing twice is closing once', async () => {
  const origins = new SpecOrigins()
  assert.is(origins.close(), origins.close())
  await origins.close()
})

test.run()
