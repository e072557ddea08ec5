/** A request that was sent, never driven and forgotten keeps no other request waiting, though its lookup leads. */

import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type SendInit } from '../../lib/index.js'
import { ClockedHost } from '../kit/clocked-host.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { Member, statsOf, until } from './crew.js'

const LEASE_MS = 8000
const HOOKED: SendInit = { beforeSend() {} }

const INITS: Readonly<Record<string, SendInit>> = { 'without hooks': {}, 'with a hook': HOOKED }

const ASKED: Readonly<Record<string, (cache: Cache, url: string, init: SendInit) => Promise<string>>> = {
  awaits: async (cache, url, init) => (await cache.send(url, init)).text(),
  fetches: async (cache, url, init) => (await cache.fetch(url, init)).text(),
  async polls(cache, url, init) {
    const pending = cache.send(url, init)
    for (;;) {
      const polled = pending.poll()
      if (polled.ready) return polled.value.text()
      await turn()
    }
  },
}

async function answering(): Promise<Origin> {
  const origin = await startOrigin()
  return origin.on('/page', { headers: { 'Cache-Control': 'max-age=60' }, body: 'answered' })
}

for (const [what, init] of Object.entries(INITS))
  for (const [how, asks] of Object.entries(ASKED)) {
    test(`a forgotten request ${what} does not hold up a caller of the same cache that ${how} the same URL`, async () => {
      await using origin = await answering()
      await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
      await using there = host.connect()
      await using here = openCache()
      for (const cache of [here, there])
        for (const asking of Object.values(INITS)) {
          cache.send(origin.url('/page'), init)
          assert.is(await asks(cache, origin.url('/page'), asking), 'answered')
          await cache.purge({ all: true })
        }
    })
  }

test('a forgotten request without hooks does not hold up callers of other guests', async () => {
  await using origin = await answering()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  await using forgetful = host.connect()
  await using other = host.connect()
  for (const asks of Object.values(ASKED)) {
    forgetful.send(origin.url('/page'))
    assert.is(await asks(other, origin.url('/page'), {}), 'answered')
    await other.purge({ all: true })
  }
  forgetful.send(origin.url('/page'))
  const member = new Member(host.thread, 'blocks on its fetch', { url: origin.url('/page') })
  assert.equal(await member.hears(), { status: 200, text: 'answered' })
  await member.exited
})

/** What a thread may do that never drives what it has begun with this cache. */
const IDLE: Readonly<Record<string, (cache: Cache, origin: Origin) => unknown>> = {
  'does nothing more': () => {},
  'reads the stats': (cache) => cache.stats(),
  'sends more requests': (cache, origin) => cache.send(origin.url(`/more/${++more}`), HOOKED),
  'sends what it does not wait for': (cache, origin) => cache.send(origin.url('/post'), { method: 'POST' }),
  'cancels what it has asked for': (cache, origin) => cache.send(origin.url(`/more/${++more}`), HOOKED).cancel(),
}

let more = 0

for (const [what, idle] of Object.entries(IDLE))
  test(`a forgotten request with a hook holds up other guests for one lease at most, where its thread ${what}`, async () => {
    await using origin = await answering()
    await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
    await using forgetful = host.connect()
    await using other = host.connect()
    forgetful.send(origin.url('/page'), HOOKED)
    await until('it leads', () => statsOf(host.thread).transactions.led === 1)
    const waiting = other.send(origin.url('/page'))
    waiting.poll()
    await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
    for (let passedMs = 0; passedMs < 2 * LEASE_MS; passedMs += LEASE_MS / 4) {
      idle(forgetful, origin)
      // What the host answers to that has come by then.
      await other.purge({ url: origin.url('/nothing') })
      await turn()
      await host.advance(LEASE_MS / 4)
    }
    assert.is(statsOf(host.thread).transactions.waiting, 0)
    assert.is(await (await waiting).text(), 'answered')
  })

test.run()
