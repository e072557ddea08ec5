/** A session does what its guest says, and what it cannot do leaves nothing behind. */

import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Hosting } from '../../../lib/bridge/hosting/hosting.js'
import { Line, lineMemory } from '../../../lib/bridge/line/line.js'
import type { ToGuest, ToHost } from '../../../lib/bridge/line/protocol.js'
import { type CacheOptions, openHost } from '../../../lib/client/open-cache.js'
import { Revalidations } from '../../../lib/pending/revalidations.js'
import { Scheduler } from '../../../lib/scheduler/internal.js'
import { startOrigin } from '../../kit/origin.js'
import { TestClock } from '../../kit/test-clock.js'

/** The host's side of one guest, which is a bare line; `stats` answers that guest. */
function openSession(stats = () => ({}), options: CacheOptions = {}) {
  const { host, clock, policy } = openHost(options)
  const scheduler = new Scheduler(host)
  const surroundings = {
    host,
    policy,
    engine: scheduler.engine,
    revalidations: new Revalidations(scheduler.engine, clock),
  }
  const free: { readonly memory: SharedArrayBuffer; readonly content: Buffer }[] = []
  const freed = (memory: SharedArrayBuffer) => free.push({ memory, content: Buffer.from(memory.slice(0)) })
  const hosting = new Hosting({ host, surroundings, clock, leaseMs: 10_000, stats, freed })
  const memory = lineMemory()
  const { port1, port2 } = new MessageChannel()
  const closed = once(port2, 'close')
  const guest = new Line<ToHost, ToGuest>(port1, memory, 'guest')
  hosting.admit({ port: port2, memory })
  const heard: ToGuest[] = []
  const listen = () => {
    do for (let message = guest.receive(); message !== undefined; message = guest.receive()) heard.push(message.say)
    while (!guest.rest())
  }
  guest.onMail(listen)
  listen()
  return {
    guest,
    heard,
    listen,
    revalidations: surroundings.revalidations,
    get pending() {
      return hosting.requests.pending
    },
    /** The memory of lines that nobody uses any more, and what it held when that was told. */
    free,
    async until(is: ToGuest['is'], count = 1) {
      while (heard.filter((say) => say.is === is).length < count) await new Promise(setImmediate)
    },
    async [Symbol.asyncDispose]() {
      guest.close()
      hosting.close()
      await scheduler[Symbol.asyncDispose]()
      await host.shutDown()
      await closed
    },
  }
}

test('a send that is refused closes its upload', async () => {
  await using session = openSession()
  const request = { method: 'POST', url: 'no URL', fields: [] }
  session.guest.send({ say: { do: 'send', call: 1, request, streams: true } })
  await session.until('failed')
  assert.equal(
    session.heard.map(({ is }) => is),
    ['upload-closed', 'failed'],
  )
})

test('a placed request that is refused closes its upload', async () => {
  await using session = openSession()
  const order = {
    request: { method: 'POST', url: 'no URL', fields: [] },
    backend: undefined,
    key: undefined,
    madeBy: undefined,
  }
  session.guest.send({ say: { do: 'place', call: 1, order: { ...order, override: 'none' }, streams: true } })
  await session.until('failed')
  assert.equal(
    session.heard.map(({ is }) => is),
    ['upload-closed', 'failed'],
  )
})

test('nothing more is written to the line of a guest that has left, whose memory goes to the next guest', async () => {
  await using origin = await startOrigin()
  await using session = openSession()
  origin.on('/', { headers: { 'cache-control': 'max-age=0, stale-while-revalidate=60' }, body: 'stale' })
  const request = { method: 'GET', url: origin.url('/'), fields: [] }
  const order = { request, backend: undefined, key: undefined, madeBy: undefined, override: 'none' } as const
  session.guest.send({ say: { do: 'place', call: 1, order } })
  await session.until('answered')
  const held = origin.hold('/')
  session.guest.send({ say: { do: 'place', call: 2, order } })
  await session.until('answered', 2)
  await origin.arrived('/', 2)
  session.guest.close()
  while (session.free.length === 0) await new Promise(setImmediate)
  held.open()
  while (session.revalidations.stats().running > 0) await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.ok(session.free.every(({ memory, content }) => content.equals(Buffer.from(memory))))
})

test('the memory of a line that the host has closed first goes to no other guest: its guest may still write there', async () => {
  await using session = openSession()
  session.guest.send({ say: 'no message' as unknown as ToHost })
  const closed = new Promise<void>((resolve) => session.guest.onClose(resolve))
  session.guest.hold(true)
  await closed
  await new Promise(setImmediate)
  assert.is(session.free.length, 0)
})

test('a placed request that its guest has closed or left is pending no longer, though the fetch of one that was left goes on', async () => {
  await using origin = await startOrigin()
  await using session = openSession()
  for (const [at, what] of (['leave', 'close'] as const).entries()) {
    const request = { method: 'GET', url: origin.url(`/${what}`), fields: [] }
    const order = { request, backend: undefined, key: undefined, madeBy: undefined, override: 'none' } as const
    const held = origin.on(`/${what}`, { body: what }).hold(`/${what}`)
    session.guest.send({ say: { do: 'place', call: at + 1, order } })
    await origin.arrived(`/${what}`)
    assert.is(session.pending, 1)
    session.guest.send({ say: { do: what, call: at + 1 } })
    session.guest.send({ say: { do: 'ping', call: 99 } })
    await session.until('pong', at + 1)
    assert.is(session.pending, 0)
    held.open()
  }
})

test('what a session cannot do it answers with a failure where the guest waits for one, and it goes on', async () => {
  await using session = openSession()
  const say = (said: ToHost | { readonly do: 'sing'; readonly call: number }) =>
    session.guest.send({ say: said as ToHost })
  const head = { status: 200, statusText: 'OK', fields: [] }
  const options = {} as (ToHost & { do: 'insert' })['options']
  say({ do: 'open', entry: 99, stream: 4, part: 'whole' })
  say({ do: 'insert', entry: 99, writer: 5, back: 6, head, options })
  say({ do: 'insert', entry: 99, writer: 7, head, options })
  say({ do: 'write', writer: 7 })
  say({ do: 'place-repeat', call: 8 })
  say({ do: 'sing', call: 9 })
  say({ do: 'ping', call: 10 })
  await session.until('pong')
  assert.equal(
    session.heard.map((each) => [each.is, 'stream' in each ? each.stream : 'call' in each && each.call]),
    [
      ['broken', 4],
      ['failed', 6],
      ['failed', 8],
      ['failed', 9],
      ['pong', 10],
    ],
  )
})

const MOST_IN_A_ROW = 256

test('a session serves at most 256 messages in a row, and the rest in the order they came', async () => {
  let inARow = 0
  let longest = 0
  await using session = openSession(() => {
    longest = Math.max(longest, ++inARow)
    // Whatever comes between two rows of messages comes after this.
    queueMicrotask(() => {
      inARow = 0
    })
    return {}
  })
  // Few enough to lie in the ring together: what goes by port is looked for anyway.
  const calls = Array.from({ length: MOST_IN_A_ROW + 40 }, (_, call) => call)
  for (const call of calls) session.guest.send({ say: { do: 'stats', call } })
  await session.until('stats', calls.length)
  assert.equal(
    session.heard.map((say) => 'call' in say && say.call),
    calls,
  )
  assert.is(longest, MOST_IN_A_ROW)
})

const MOST_UNHEARD = 10_000

test('a guest that does not fetch its mail has few interim heads waiting, and gets its answer all the same', async () => {
  await using session = openSession()
  await using origin = await startOrigin()
  const hints = Array.from({ length: 300 }, () => ({ status: 103, headers: { Link: `</${'a'.repeat(4000)}>` } }))
  origin.on('/', () => ({ informational: hints, headers: { 'Cache-Control': 'max-age=60' }, body: 'answer' }))
  session.guest.onMail(() => {})
  const stored = new Promise<void>((resolve) => {
    const heard = () => {
      unsubscribe('tidewait:store', heard)
      resolve()
    }
    subscribe('tidewait:store', heard)
  })
  const request = { method: 'GET', url: origin.url('/'), fields: [] }
  session.guest.send({
    say: {
      do: 'place',
      call: 1,
      order: { request, override: 'none', backend: undefined, key: undefined, madeBy: undefined },
    },
  })
  await stored
  session.listen()
  await session.until('answered')
  const interim = session.heard.filter(({ is }) => is === 'interim').length
  assert.ok(interim > 0 && interim * 4000 < 512 * 1024, `${interim} of ${hints.length} interim heads were kept`)
})

test('a guest that neither turns nor listens is sent 10,000 diagnostics at most, and more once it has done either', async () => {
  await using session = openSession()
  const purges = channel('tidewait:purge')
  const told = () => session.heard.filter(({ is }) => is === 'diagnostic').length
  session.guest.send({ say: { do: 'subscribe', thread: 1, channels: ['tidewait:purge'] } })
  session.guest.send({ say: { do: 'ping', call: 1 } })
  await session.until('pong')
  for (let nth = 0; nth < MOST_UNHEARD + 10; nth++) purges.publish({ nth })
  session.guest.send({ say: { do: 'ping', call: 2 } })
  await session.until('pong', 2)
  assert.is(told(), MOST_UNHEARD)
  for (const [nth, attends] of (['turn', 'listen'] as const).entries()) {
    session.guest[attends]()
    purges.publish({ nth: 'after that' })
    await session.until('diagnostic', MOST_UNHEARD * (nth + 1) + 1)
    assert.equal(session.heard.at(-1), { is: 'diagnostic', channel: 'tidewait:purge', message: { nth: 'after that' } })
    for (let nth = 0; nth < MOST_UNHEARD; nth++) purges.publish({ nth })
    session.guest.send({ say: { do: 'ping', call: 3 + nth } })
    await session.until('pong', 3 + nth)
    assert.is(told(), MOST_UNHEARD * (nth + 2))
  }
})

test('a session has a timer only while its guest holds a transaction', async () => {
  const clock = new TestClock()
  await using session = openSession(undefined, { clock })
  const request = { method: 'GET', url: 'http://origin.example/', fields: [] }
  session.guest.send({ say: { do: 'lookup', call: 1, request, key: undefined, waitTimeoutMs: undefined } })
  await session.until('entry')
  clock.advance(60_000)
  assert.is(clock.pending(), 1)
  session.guest.send({ say: { do: 'close', call: 1 } })
  session.guest.send({ say: { do: 'ping', call: 2 } })
  await session.until('pong')
  clock.advance(60_000)
  assert.is(clock.pending(), 0)
})

test('a placed request that its guest has closed is answered by nothing', async () => {
  await using origin = await startOrigin()
  await using session = openSession()
  const held = origin.on('/page', { body: 'tide' }).hold('/page')
  const request = { method: 'GET', url: origin.url('/page'), fields: [] }
  const order = { request, backend: undefined, key: undefined, madeBy: undefined, override: 'pass' } as const
  session.guest.send({ say: { do: 'place', call: 1, order } })
  await origin.arrived('/page', 1)
  session.guest.send({ say: { do: 'close', call: 1 } })
  session.guest.send({ say: { do: 'ping', call: 2 } })
  await session.until('pong')
  held.open()
  assert.equal(
    session.heard.filter(({ is }) => is !== 'left-cache'),
    [{ is: 'pong', call: 2 }],
  )
})

test.run()
