/** Runs a host's thread: opens a host, admits guests, and shuts down in order when told to. */

import { parentPort } from 'node:worker_threads'
import { systemClock } from '../base/clock.js'
import { checksItself } from '../base/self-check.js'
import { Hosting } from '../bridge/hosting/hosting.js'
import { Life, PULSE_MS } from '../bridge/life.js'
import { serializeError } from '../bridge/line/serialized-errors.js'
import { Revalidations } from '../pending/revalidations.js'
import { Scheduler } from '../scheduler/internal.js'
import { sharedAllocator } from '../store/allocators.js'
import type { HostCommand, HostMessage, HostOptions, HostWorkerData } from './host-thread.js'
import { type CacheOptions, openHost } from './open-cache.js'
import type { Stats } from './stats.js'

const LEASE_MS = 10_000

type RunOptions = CacheOptions & Pick<HostOptions, 'leaseMs'>

/** Shared memory in which guests see that the host lives, and which lent answers still stand. */
type SharedMemory = Pick<HostWorkerData, 'life' | 'standings'>

/** Runs the host until it is told to close, which ends the thread. */
export function runHost({ leaseMs = LEASE_MS, ...options }: RunOptions, shared: SharedMemory): void {
  const life = new Life(shared.life)
  process.once('uncaughtExceptionMonitor', (error) => life.end(serializeError(error)))
  const { host, clock, policy } = openHost(options, { allocator: sharedAllocator, standings: shared.standings })
  const scheduler = new Scheduler(host)
  const { engine } = scheduler
  const revalidations = new Revalidations(engine, clock)
  const hosting = new Hosting({
    host,
    surroundings: { host, policy, engine, revalidations, invariants: checksItself() },
    clock,
    leaseMs,
    freed: (memory) => parentPort?.postMessage({ freed: memory } satisfies HostMessage),
    stats: (): Stats => ({
      ...host.stats(),
      guests: hosting.guests,
      requests: hosting.requests,
      revalidations: revalidations.stats(),
    }),
  })

  const shutDown = async (drainMs: number): Promise<void> => {
    await revalidations.drain(drainMs)
    life.end()
    hosting.close()
    await scheduler[Symbol.asyncDispose]()
    await host.shutDown()
    process.exit(0)
  }

  process.once('exit', () => life.end())
  beat(life)
  parentPort?.on('message', (command: HostCommand) => {
    if (command.do === 'admit') hosting.admit(command.admission)
    else void shutDown(command.drainMs)
  })
  parentPort?.postMessage('started')
}

/** Shows at intervals that the host lives: by the machine's clock, since a blocked guest measures real time. */
function beat(life: Life): void {
  life.beat()
  systemClock.setTimer(PULSE_MS, () => beat(life), { keepAlive: false })
}
