/** Probe of the work: spawn, park twice, resume twice, collect. In µs per coroutine. */

import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { finish, type Rival } from './crowd.js'
import { rivals } from './rivals.js'

export const probe: Probe = async ({ rival, size }, effort) => {
  const chosen = await load(rivals, rival)
  return repeat(effort, () => work(chosen, size))
}

async function work(rival: Rival, size: number): Promise<number> {
  const start = performance.now()
  const crowd = await rival.park(size)
  await finish(crowd, size, 0)
  return ((performance.now() - start) * 1000) / size
}
