/** Where programs are played: two caches that share what is stored, in each placement, on a clock that moves when told. */

import { type Cache, type Clock, openCache, type PolicyChoice, type Stats } from '../../lib/index.js'
import { createProxy } from '../../lib/proxy/index.js'
import { ClockedHost } from '../kit/clocked-host.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

export type Place = 'here' | 'host'

export interface Stage extends AsyncDisposable {
  readonly origin: Origin
  /** The caches of two threads; where the host is in this thread there is but one, twice. */
  readonly caches: readonly [Cache<Stats>, Cache<Stats>]
  /** Where a proxy in front of the first one listens. */
  readonly proxy: string
  advance(ms: number): Promise<void>
}

/** All that pages are asked for at; their requests go to the origin there is. */
export const SITE = 'http://site.test'

/** Nobody stands still for as long. */
const LEASE_MS = 1e9

export async function openStage(place: Place, policy: PolicyChoice): Promise<Stage> {
  const origin = await startOrigin()
  const { caches, clock, advance, close } = await openCaches(place, policy, { origin: origin.base })
  const proxy = createProxy(caches[0], { origin: SITE, backend: 'origin', name: 'proxy', clock })
  const { url } = await proxy.listen({ port: 0 })
  return {
    origin,
    caches,
    proxy: url.replace(/\/$/, ''),
    advance,
    async [Symbol.asyncDispose]() {
      await proxy.close({ drainMs: 0 })
      for (const cache of caches) await cache.close({ drainMs: 0 })
      await close()
      await origin[Symbol.asyncDispose]()
    },
  }
}

interface Caches extends Pick<Stage, 'caches' | 'advance'> {
  readonly clock: Clock
  close(): Promise<void>
}

async function openCaches(place: Place, policy: PolicyChoice, backends: Record<string, string>): Promise<Caches> {
  if (place === 'here') {
    const clock = new TestClock()
    const cache = openCache({ policy, backends, clock })
    return { caches: [cache, cache], clock, advance: async (ms) => clock.advance(ms), close: async () => {} }
  }
  const host = await ClockedHost.start({ policy, backends, leaseMs: LEASE_MS })
  return {
    caches: [host.connect(), host.connect()],
    clock: host.clock,
    advance: (ms) => host.advance(ms),
    close: () => host[Symbol.asyncDispose](),
  }
}
