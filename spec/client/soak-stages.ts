/** Where a soak takes place: over a host in this thread, or with both ends of the bridge in it. */

import { joinHost } from '../../lib/bridge/guest/guest.js'
import { Hosting } from '../../lib/bridge/hosting/hosting.js'
import { lifeMemory } from '../../lib/bridge/life.js'
import { issueTicket } from '../../lib/bridge/ticket.js'
import { standingsMemory } from '../../lib/cache/standings.js'
import { Cache } from '../../lib/client/cache.js'
import type { GuestStats } from '../../lib/client/stats.js'
import type { Policy } from '../../lib/http/policy.js'
import { Revalidations } from '../../lib/pending/revalidations.js'
import { Scheduler } from '../../lib/scheduler/internal.js'
import { ScriptedHost } from '../pending/fixture.js'

/** A cache, and the host that its origin's answers come to. */
export interface Stage {
  readonly cache: Cache<GuestStats>
  readonly origin: ScriptedHost
  /** Handles that are open on the side of the cache. */
  readonly held: () => number
  /** Coroutines of the host's own that wait. */
  readonly waits: () => number
  readonly close: () => Promise<void>
}

export function here(policy: Policy): Stage {
  const origin = new ScriptedHost(policy)
  const { clock } = origin
  const shutDown = async () => {}
  const cache = Cache.over<GuestStats>({ host: origin, policy, clock, id: 'soak', stats: (guest) => guest, shutDown })
  return { cache, origin, held: () => origin.held, waits: () => 0, close: () => cache.close({ drainMs: 0 }) }
}

/** Both ends of the bridge in this thread. */
export function bridged(policy: Policy): Stage {
  const standings = standingsMemory()
  const origin = new ScriptedHost(policy, standings)
  const { clock } = origin
  const scheduler = new Scheduler(origin)
  const { engine } = scheduler
  const revalidations = new Revalidations(engine, clock)
  const surroundings = { host: origin, policy, engine, revalidations, invariants: true }
  const hosting = new Hosting({ host: origin, surroundings, clock, leaseMs: 1e9, stats: () => ({}) })
  const terms = { life: lifeMemory(), standings, policy, id: 'soak', backends: [] }
  const { ticket, admission } = issueTicket(terms)
  hosting.admit(admission)
  const host = joinHost(ticket, clock)
  const shutDown = async () => host.shutDown()
  const cache = Cache.over<GuestStats>({ host, policy, clock, id: 'soak', stats: (guest) => guest, shutDown })
  const { handles } = host as unknown as { readonly handles: { readonly size: number } }
  return {
    cache,
    origin,
    held: () => handles.size + origin.held,
    waits: () => scheduler.waits().length,
    async close() {
      await cache.close({ drainMs: 0 })
      hosting.close()
    },
  }
}
