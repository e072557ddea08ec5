/** A purge and an explanation hold nothing of the host, whoever waits for them. */

import * as assert from 'uvu/assert'
import type { Pending } from '../../../lib/index.js'
import { openStage, PLACES } from '../stage.js'

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('host-call', place)
  const url = origin.url('/story')
  origin.on('/story', { headers: { 'Cache-Control': 'max-age=60' }, body: 'Once' })

  const calls: Readonly<Record<string, () => Pending<unknown>>> = {
    'a purge': () => cache.purge({ url: `${url}?{}` }), // as `send` has it, and octet for octet
    'an explanation': () => cache.explain(url),
  }

  for (const [what, call] of Object.entries(calls)) {
    test(`${what} that nobody waits for holds nothing`, async () => {
      for (let nth = 0; nth < 5; nth++) call()
      await (await cache.send(url)).text()
      await idle()
      assert.is(cache.stats().handles, 0)
    })

    test(`${what} that is cancelled holds nothing`, async () => {
      const cancelled = Array.from({ length: 5 }, call)
      for (const pending of cancelled) pending.cancel()
      await idle()
      assert.is(cache.stats().handles, 0)
    })

    test(`${what} gives its answer again, by every driver`, async () => {
      const pending = call()
      const answer = await pending
      assert.is(pending.wait(), answer)
      assert.equal(pending.poll(), { ready: true, value: answer })
    })
  }

  test('a purge that is cancelled is carried out all the same, for it was ordered at the call', async () => {
    await (await cache.send(url)).text()
    cache.purge({ url }).cancel()
    // Until the purge has come there, this thread may give what it remembers.
    while ((await cache.send(url)).wasCached) await new Promise(setImmediate)
  })

  test.run()
}
