/** Probe of memory: what a crowd uses while all its coroutines are parked on their first handles. In bytes per coroutine. */

import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { collect } from '../kit/runs.js'
import { finish } from './crowd.js'
import { rivals } from './rivals.js'

/** The size of a crowd that finishes before the first measurement, so that it includes compiled code and type feedback. */
const WARM_UP = 1000

export const probe: Probe = async ({ rival, size }) => {
  const chosen = await load(rivals, rival)
  await finish(await chosen.park(WARM_UP), WARM_UP, 0)
  const before = await usedBytes()
  const crowd = await chosen.park(size)
  const value = ((await usedBytes()) - before) / size
  await finish(crowd, size, 0)
  return { value, runs: [value] }
}

/** The heap and the array buffers outside it, after a full garbage collection. */
async function usedBytes(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  collect('all')
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
