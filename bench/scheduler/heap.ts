/** Probe of memory: what a crowd holds while all of it is parked for the first time. In bytes per coroutine. */

import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { collect } from '../kit/runs.js'
import { finish } from './crowd.js'
import { rivals } from './rivals.js'

/** Enough that code and feedback exist before the first look at the heap. */
const WARM_UP = 1000

export const probe: Probe = async ({ rival, size }) => {
  const chosen = await load(rivals, rival)
  await finish(await chosen.park(WARM_UP), WARM_UP, 0)
  const before = await held()
  const crowd = await chosen.park(size)
  const value = ((await held()) - before) / size
  await finish(crowd, size, 0)
  return { value, runs: [value] }
}

/** The heap and the array buffers beside it, which are memory as well. */
async function held(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  collect('all')
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
