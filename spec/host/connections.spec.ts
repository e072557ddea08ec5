/** Connections to an origin are used again, are never more than allowed, and a send that waits for one may leave. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failureOf } from '../kit/failures.js'
import { startOrigin } from '../kit/origin.js'
import { answerOf, get, SpecOrigins, text } from './sending.js'

test('connections are kept and used again', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { body: 'x' })
  for (let sent = 0; sent < 8; sent++) await text((await answerOf(origins.send(get(origin.url('/'))))).body)
  assert.is(origin.count('/'), 8)
  // The pool needs a turn to see that a connection is free again: two take turns.
  assert.ok(origin.connections <= 2, `${origin.connections} connections`)
})

test('a request queued behind maxConnections goes out when a connection is free', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { one: { url: origin.base, maxConnections: 1 } } })
  const held = origin.on('/', { body: 'x' }).hold('/')
  const sends = [1, 2, 3].map(() => origins.send(get(origin.url('/')), { backend: 'one' }))
  await origin.arrived('/')
  held.open()
  for (const send of sends) assert.is(await text((await answerOf(send)).body), 'x')
  assert.is(origin.mostAtOnce('/'), 1)
  assert.is(origin.connections, 1)
})

test('a queued send that was cancelled costs no connection', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins({ backends: { one: { url: origin.base, maxConnections: 1 } } })
  const held = origin.on('/', { body: 'x' }).hold('/')
  const [first, second, third] = [1, 2, 3].map(() => origins.send(get(origin.url('/')), { backend: 'one' }))
  await origin.arrived('/')
  second?.cancel()
  held.open()
  for (const send of [first, third]) assert.is(send && (await text((await answerOf(send)).body)), 'x')
  assert.is(origin.count('/'), 2)
  assert.is(origin.connections, 1)
})

test('a send waits for a connection also where the origin closes each one after one answer', async () => {
  await using origin = await startOrigin()
  const limited = { url: origin.base, maxConnections: 1, connectTimeoutMs: 100 }
  await using origins = new SpecOrigins({ backends: { limited, other: origin.base } })
  const ends = { headers: { Connection: 'close' }, body: 'x' }
  const [first, second] = ['/first', '/second'].map((path) => origin.on(path, ends).hold(path))
  origin.on('/third', ends).on('/', ends)
  const send = (path: string, backend = 'limited') => origins.send(get(origin.url(path)), { backend })
  const sends = [send('/first'), send('/second')]
  await origin.arrived('/first')
  first?.open()
  await origin.arrived('/second')
  const third = send('/third')
  for (let sent = 0; sent < 5; sent++) await text((await answerOf(send('/', 'other'))).body)
  assert.is(origin.count('/third'), 0)
  origins.clock.advance(100)
  assert.is((await failureOf(answerOf(third))).code, 'ConnectionLimitReached')
  sends.push(send('/third'))
  second?.open()
  for (const each of sends) assert.is(await text((await answerOf(each)).body), 'x')
  assert.is(origin.count('/third'), 1)
})

test.run()
