/** Threads that share a host get one answer to one request, in whichever ways they wait for it. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, startHost } from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'
import { Member, statsOf, until, untilFree } from './crew.js'
import { drivers } from './driver-tasks.js'
import type { Ending } from './task.js'

const FRESH = { 'cache-control': 'max-age=60' }

test('four workers with 250 blocked callers each for one cold URL make one request', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/cold', { headers: FRESH, body: 'one for all' })
  const held = origin.hold('/cold')
  const crew = Array.from({ length: 4 }, () => new Member(host, 'crowd', { url: origin.url('/cold'), amount: 250 }))
  for (const member of crew) assert.is(await member.hears(), 'begins')
  await until('all wait for the leader', () => statsOf(host).transactions.waiting === 999)
  held.open()
  for (const member of crew) assert.equal(await member.hears(), { answers: 250, texts: ['one for all'] })
  assert.is(origin.count('/cold'), 1)
  for (const member of crew) assert.equal(await member.exited, { code: 0, error: undefined })
  await untilFree(host)
})

test('every driver gets the answer of a request, placed or with hooks, by a fetch and by a hit', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  const member = new Member(host, 'as told', {})
  for (const init of ['placed', 'hooked'] as const) {
    for (const driver of drivers) {
      const path = `/${init}-${driver}`
      origin.on(path, { headers: FRESH, body: 'a' })
      for (let round = 0; round < 2; round++) {
        member.tell({ driver, init, url: origin.url(path) })
        assert.is(await member.hears(), 'begins')
        assert.equal(await member.hears<Ending>(), { status: 200 }, `${init} ${driver}`)
      }
      assert.is(origin.count(path), 1)
    }
  }
  member.tell('done')
  assert.is((await member.exited).code, 0)
  await untilFree(host)
})

test('poll, wait, await and yield* mixed in one thread all get their answers, each driver in the order it asked', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/mixed', ({ target }) => ({ headers: FRESH, body: target }))
  const member = new Member(host, 'mixed', { url: origin.url('/mixed'), amount: 40 })
  const order = await member.hears<string[]>()
  assert.is(order.length, 160)
  for (const driver of ['poll', 'wait']) {
    const rounds = order.filter((name) => name.startsWith(driver)).map((name) => Number(name.slice(driver.length)))
    assert.equal(
      rounds,
      Array.from({ length: 40 }, (_, round) => round),
    )
  }
  assert.is(new Set(order).size, 160)
  assert.is((await member.exited).code, 0)
})

test('an answer that came while its thread was blocked resolves when the thread turns again', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  const headers = FRESH
  origin.on('/first', { headers, body: '1' }).on('/second', { headers, body: '2' })
  const second = origin.hold('/second')
  const member = new Member(host, 'await and block', { url: origin.base })
  assert.is(await member.hears(), 'begins')
  await origin.arrived('/second')
  second.open()
  assert.equal(await member.hears(), ['second', 'first'])
})

test('the main thread is a guest like any other, blocked or not', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/main', { headers: FRESH, body: 'main' })
  await using cache = host.connect()
  assert.is(await (await cache.send(origin.url('/main'))).text(), 'main')
  assert.is(cache.send(origin.url('/main')).wait().text().wait(), 'main')
  const pending = cache.send(origin.url('/main'))
  while (!pending.poll().ready);
  assert.is(origin.count('/main'), 1)
})

test('two guests on one thread each hear of their own answers only', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/a', { headers: FRESH, body: 'a' }).on('/b', { headers: FRESH, body: 'b' })
  await using first = host.connect()
  await using second = host.connect()
  await Promise.all([first.send(origin.url('/a')), second.send(origin.url('/b'))])
  const a = first.send(origin.url('/a'))
  const b = second.send(origin.url('/b'))
  a.poll()
  assert.is(b.wait().text().wait(), 'b')
  assert.is(a.wait().text().wait(), 'a')
})

test("a worker's own worker is a guest like any other", async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/nested', { headers: FRESH, body: 'nested' })
  const member = new Member(host, 'has a worker of its own', {})
  assert.is(await member.hears(), 'begins')
  const ticket = host.ticket()
  const gate = new Int32Array(new SharedArrayBuffer(4))
  member.tell({ ticket, task: 'placed wait', url: origin.url('/nested'), gate, amount: 1 }, [ticket.port])
  assert.is(await member.hears(), 'begins')
  assert.equal(await member.hears(), { status: 200 })
  assert.is((await member.exited).code, 0)
  await untilFree(host)
})

test('64 guests at once are served, and gone when they leave', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  origin.on('/many', { headers: FRESH, body: 'many' })
  const held = origin.hold('/many')
  const caches = Array.from({ length: 60 }, () => host.connect())
  const crew = Array.from({ length: 4 }, () => new Member(host, 'placed wait', { url: origin.url('/many') }))
  const answers = caches.map(async (cache) => await (await cache.send(origin.url('/many'))).text())
  for (const member of crew) assert.is(await member.hears(), 'begins')
  await until('all wait for the leader', () => statsOf(host).transactions.waiting === 63)
  assert.is(statsOf(host).guests, 65)
  held.open()
  assert.equal(new Set(await Promise.all(answers)), new Set(['many']))
  for (const member of crew) assert.equal(await member.hears(), { status: 200 })
  await Promise.all(caches.map((cache) => cache.close()))
  await untilFree(host)
  assert.is(origin.count('/many'), 1)
})

const NOT_OURS = [
  1,
  null,
  'text',
  [],
  {},
  { number: 'none' },
  { number: 0 },
  { number: 0, say: undefined },
  { number: 0, say: 5 },
  { number: 0, ring: 5 },
]

test('whatever is posted through the port of a ticket, its guest ends with an answer or an error, and others are answered', async () => {
  await using origin = await startOrigin()
  origin.on('/well', { headers: FRESH, body: 'well' })
  await using host = await startHost()
  await using cache = host.connect()
  const { guests } = statsOf(host)
  for (const posted of NOT_OURS) {
    const ticket = host.ticket()
    ticket.port.postMessage(posted)
    await using guest = connect(ticket)
    await Promise.allSettled([guest.send(origin.url('/well'))])
    assert.is(await (await cache.send(origin.url('/well'))).text(), 'well')
  }
  await until('they are gone', () => statsOf(host).guests === guests)
})

test.run()
