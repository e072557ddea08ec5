/** The host's thread: opens a host, admits guests, and leaves in order when told to. Runs as a worker, exports nothing. */

import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../base/clock.js'
import { Hosting } from '../bridge/hosting.js'
import { Life, PULSE_MS } from '../bridge/life.js'
import { Revalidations } from '../pending/revalidations.js'
import { Scheduler } from '../scheduler/internal.js'
import type { HostOrder, HostWorkerData } from './host-thread.js'
import { openHost } from './open-cache.js'

/** Chunks from here on are kept in memory that every thread can read; smaller ones are copied to whoever reads them. */
const SHARED_BYTES = 16 * 1024

function shared(chunk: Uint8Array): Uint8Array {
  if (chunk.byteLength < SHARED_BYTES) return chunk
  const place = new Uint8Array(new SharedArrayBuffer(chunk.byteLength))
  place.set(chunk)
  return place
}

function beat(life: Life): void {
  life.beat()
  systemClock.setTimer(PULSE_MS, () => beat(life), { keepAlive: false })
}

const { options, life: lifeMemory } = workerData as HostWorkerData
const life = new Life(lifeMemory)
const { host, clock, policy } = openHost(options, shared)
const scheduler = new Scheduler(host)
const revalidations = new Revalidations(scheduler, clock)
const hosting = new Hosting({
  host,
  surroundings: { host, policy, scheduler, revalidations },
  stats: () => ({ ...host.stats(), guests: hosting.guests, revalidations: revalidations.stats() }),
})

async function leave(drainMs: number): Promise<void> {
  await revalidations.drain(drainMs)
  life.end()
  hosting.close()
  await scheduler[Symbol.asyncDispose]()
  await host.shutDown()
  process.exit(0)
}

process.once('exit', () => life.end())
beat(life)
parentPort?.on('message', (order: HostOrder) => {
  if (order.do === 'admit') hosting.admit(order.admission)
  else void leave(order.drainMs)
})
parentPort?.postMessage('started')
