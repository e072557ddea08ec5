/** Probe of the bridge without a free core: the round trip, while as many other threads compute as there are cores. */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Probe } from '../kit/figure.js'
import { probe as roundTrip } from './round-trip.js'

/** Computes until its thread is terminated. */
const COMPUTE = 'for (let number = 0; ; number++) if (number > 2 ** 52) number = 0'

export const probe: Probe = async (cell, effort) => {
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(COMPUTE, { eval: true }))
  try {
    return await roundTrip(cell, effort)
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
