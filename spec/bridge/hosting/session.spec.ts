/** A session does what its guest says, and what it cannot do leaves nothing behind. */

import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Hosting } from '../../../lib/bridge/hosting/hosting.js'
import { Line, lineMemory } from '../../../lib/bridge/line/line.js'
import type { ToGuest, ToHost } from '../../../lib/bridge/line/protocol.js'
import { openHost } from '../../../lib/client/open-cache.js'
import { Revalidations } from '../../../lib/pending/revalidations.js'
import { Scheduler } from '../../../lib/scheduler/internal.js'
import { startOrigin } from '../../kit/origin.js'

/** The host's side of one guest, which is a bare line. */
function openSession() {
  const { host, clock, policy } = openHost({})
  const scheduler = new Scheduler(host)
  const surroundings = {
    host,
    policy,
    engine: scheduler.engine,
    revalidations: new Revalidations(scheduler.engine, clock),
  }
  const free: SharedArrayBuffer[] = []
  const freed = (memory: SharedArrayBuffer) => free.push(memory)
  const hosting = new Hosting({ host, surroundings, clock, leaseMs: 10_000, stats: () => ({}), freed })
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
    revalidations: surroundings.revalidations,
    /** The memory of lines that nobody uses any more. */
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

test('a send that is refused wants no more of its own body', async () => {
  await using session = openSession()
  const request = { method: 'POST', url: 'no URL', fields: [] }
  session.guest.send({ say: { do: 'send', call: 1, request, streams: true } })
  await session.until('failed')
  assert.equal(
    session.heard.map(({ is }) => is),
    ['upload-closed', 'failed'],
  )
})

test('a request that is refused wants no more of its own body', async () => {
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

test("nothing more is said to a guest that has left: the memory of its line is the next one's", async () => {
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
  const [memory] = session.free as [SharedArrayBuffer]
  const before = Buffer.from(memory.slice(0))
  held.open()
  while (session.revalidations.stats().running > 0) await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.ok(before.equals(Buffer.from(memory)))
})

test.run()
