/** A purge or an explanation leaves nothing behind in the thread that asked, though nobody waits for the answer. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, startHost } from '../../lib/index.js'
import { collect } from '../kit/garbage.js'
import { PLACES } from './stage.js'

const COUNT = 50
/** Engines keep the last one or two alive in registers and caches. */
const FEW = 4

const CALLS = {
  purge: (cache: Cache, i: number) => cache.purge({ surrogateKey: `book-${i}` }),
  explanation: (cache: Cache, i: number) => cache.explain(`http://a.example/${i}`),
}

/** How many of the pendings that `call` makes are still there, once the host has answered and the garbage is collected. */
async function kept(cache: Cache, call: (cache: Cache, i: number) => object): Promise<number> {
  const refs = Array.from({ length: COUNT }, (_, i) => new WeakRef(call(cache, i)))
  // Comes back behind the answers to all that was asked before.
  cache.stats()
  for (let turns = 0; turns < 3; turns++) {
    await new Promise(setImmediate)
    collect()
  }
  return refs.filter((ref) => ref.deref() !== undefined).length
}

for (const place of PLACES) {
  const test = suite(`forgotten calls, ${place}`)

  for (const [what, call] of Object.entries(CALLS)) {
    test(`a ${what} that nobody waits for is collected once the host has answered`, async () => {
      const host = place === 'here' ? undefined : await startHost()
      const cache = host?.connect() ?? openCache()
      const left = await kept(cache, call)
      assert.ok(left <= FEW, `${left} of ${COUNT} kept`)
      await cache.close()
      await host?.close()
    })
  }

  test.run()
}
