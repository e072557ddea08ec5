/** Probe of several threads: each makes many hits in a row, all at once. In µs per hit of all of them. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type HostThread, startHost } from '../../lib/index.js'
import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { repeat } from '../kit/runs.js'
import type { HittingData } from './hitting-worker.js'
import type { Driver } from './rivals/tidewait.js'
import { startStillOrigin } from './still-origin.js'

/** How many hits of each worker make one run: enough that telling it does not count. */
const HITS = 20_000
const BYTES = 1024

export const probe: Probe = async ({ rival, size }, effort) => {
  const [where, driver] = rival.split('-') as ['worker' | 'here', Driver]
  const origin = await startStillOrigin(BYTES)
  const host = where === 'worker' ? await startHost() : undefined
  const crew = Array.from({ length: size }, () => start(host, { driver, url: origin.url, hits: HITS }))
  await Promise.all(crew.map((worker) => once(worker, 'message')))
  const sample = await repeat(effort, async () => {
    const begun = performance.now()
    const bytes = await Promise.all(crew.map(run))
    const us = ((performance.now() - begun) * 1000) / (HITS * size)
    for (const each of bytes) check('bytes of all bodies', each, HITS * BYTES)
    return us
  })
  check('requests of the origin', origin.asked, host === undefined ? size : 1)
  await Promise.all(crew.map((worker) => worker.terminate()))
  await host?.close({ drainMs: 0 })
  origin.close()
  return sample
}

/** Joins the host, or, without one, opens a cache of its own. */
function start(host: HostThread | undefined, order: Omit<HittingData, 'ticket'>): Worker {
  const ticket = host?.ticket()
  const workerData: HittingData = { ...order, ticket }
  return new Worker(new URL('./hitting-worker.js', import.meta.url), {
    workerData,
    transferList: ticket === undefined ? [] : [ticket.port],
  })
}

async function run(worker: Worker): Promise<number> {
  worker.postMessage('run')
  const [bytes] = await once(worker, 'message')
  return bytes as number
}
