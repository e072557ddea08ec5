/** Probe of hits on several threads: each makes many in a row, all threads at once. In µs: the elapsed time divided by all hits. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type HostThread, startHost } from '../../lib/index.js'
import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { repeat } from '../kit/runs.js'
import { startFixedOrigin } from './fixed-origin.js'
import type { HittingData } from './hitting-worker.js'
import type { Driver } from './rivals/tidewait.js'

/** The number of hits of each worker in one run: so many that the messages to the workers take no notable share of the time. */
const HITS = 20_000
const BYTES = 1024

export const probe: Probe = async ({ rival, size }, effort) => {
  const [where, driver] = rival.split('-') as ['worker' | 'here', Driver]
  const origin = await startFixedOrigin(BYTES)
  const host = where === 'worker' ? await startHost() : undefined
  const workers = Array.from({ length: size }, () => start(host, { driver, url: origin.url, hits: HITS }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const sample = await repeat(effort, async () => {
    const begun = performance.now()
    const bytes = await Promise.all(workers.map(run))
    const us = ((performance.now() - begun) * 1000) / (HITS * size)
    for (const each of bytes) check('bytes of all bodies', each, HITS * BYTES)
    return us
  })
  check('requests of the origin', origin.asked, host === undefined ? size : 1)
  await Promise.all(workers.map((worker) => worker.terminate()))
  await host?.close({ drainMs: 0 })
  origin.close()
  return sample
}

/** Starts a worker that joins `host` or, without a host, opens a cache of its own. */
function start(host: HostThread | undefined, data: Omit<HittingData, 'ticket'>): Worker {
  const ticket = host?.ticket()
  const workerData: HittingData = { ...data, ticket }
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
