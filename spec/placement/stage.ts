/** Where programs are played: two caches that share what is stored, in each placement, on a clock that moves when told. */

import { type Cache, openCache, type PolicyChoice, type Stats } from '../../lib/index.js'
import { ClockedHost } from '../kit/clocked-host.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

export type Place = 'here' | 'host'

export interface Stage extends AsyncDisposable {
  readonly origin: Origin
  /** Those of two threads; where the host is in this thread there is but one, twice. */
  readonly caches: readonly [Cache<Stats>, Cache<Stats>]
  advance(ms: number): Promise<void>
}

/** Nobody stands still for as long. */
const LEASE_MS = 1e9

export async function openStage(place: Place, policy: PolicyChoice): Promise<Stage> {
  const origin = await startOrigin()
  const backends = { origin: origin.base }
  if (place === 'here') {
    const clock = new TestClock()
    const cache = openCache({ policy, backends, clock })
    return {
      origin,
      caches: [cache, cache],
      advance: async (ms) => clock.advance(ms),
      async [Symbol.asyncDispose]() {
        await cache.close({ drainMs: 0 })
        await origin[Symbol.asyncDispose]()
      },
    }
  }
  const host = await ClockedHost.start({ policy, backends, leaseMs: LEASE_MS })
  const caches = [host.connect(), host.connect()] as const
  return {
    origin,
    caches,
    advance: (ms) => host.advance(ms),
    async [Symbol.asyncDispose]() {
      for (const cache of caches) await cache.close({ drainMs: 0 })
      await host[Symbol.asyncDispose]()
      await origin[Symbol.asyncDispose]()
    },
  }
}
