/** An answer ages from when its request went out (RFC 9111 4.2.3): waiting for a connection makes no answer old. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type SendInit, type Stats } from '../../lib/index.js'
import { ClockedHost } from '../kit/clocked-host.js'
import { startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

interface Opened extends AsyncDisposable {
  readonly cache: Cache<Stats>
  advance(ms: number): Promise<void>
}

const places = {
  async here(url: string): Promise<Opened> {
    const clock = new TestClock()
    const cache = openCache({ clock, backends: { one: { url, maxConnections: 1 } } })
    return { cache, advance: async (ms) => clock.advance(ms), [Symbol.asyncDispose]: () => cache.close({ drainMs: 0 }) }
  },
  async 'with the host in another thread'(url: string): Promise<Opened> {
    const host = await ClockedHost.start({ backends: { one: { url, maxConnections: 1 } } })
    const cache = host.connect()
    return {
      cache,
      advance: (ms) => host.advance(ms),
      async [Symbol.asyncDispose]() {
        await cache.close({ drainMs: 0 })
        await host[Symbol.asyncDispose]()
      },
    }
  },
}

const ways: Readonly<Record<string, SendInit>> = { 'no hook': {}, 'a hook': { afterSend() {} } }

for (const [place, open] of Object.entries(places))
  for (const [way, init] of Object.entries(ways))
    test(`${place}, with ${way}: an answer whose request waited five seconds for a connection has age 0`, async () => {
      await using origin = await startOrigin()
      const held = origin.on('/first', { body: 'x' }).hold('/first')
      origin.on('/', { headers: { 'Cache-Control': 'max-age=5' }, body: 'x' })
      await using opened = await open(origin.base)
      const { cache, advance } = opened
      const ask = async (path: string) => await cache.send(`http://site.test${path}`, { backend: 'one', ...init })
      const first = ask('/first')
      await origin.arrived('/first')
      const second = ask('/')
      while (cache.stats().sends.started < 2) await new Promise(setImmediate)
      await advance(5000)
      held.open()
      await (await first).text()
      const { age, ttl } = await second
      assert.equal([age, ttl], [0, 5])
    })

test.run()
