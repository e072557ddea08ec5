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
  const hosting = new Hosting({ host, surroundings, clock, leaseMs: 10_000, stats: () => ({}) })
  const memory = lineMemory()
  const { port1, port2 } = new MessageChannel()
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
    async until(is: ToGuest['is']) {
      while (!heard.some((say) => say.is === is)) await new Promise(setImmediate)
    },
    async [Symbol.asyncDispose]() {
      guest.close()
      hosting.close()
      await scheduler[Symbol.asyncDispose]()
      await host.shutDown()
      await once(port2, 'close').catch(() => {})
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

test.run()
