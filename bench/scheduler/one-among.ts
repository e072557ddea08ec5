/** Probe of wake-ups: settles and resumes one coroutine at random, while many others stay parked. In µs per coroutine. */

import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { randomIndices } from '../kit/random.js'
import { collect, repeat } from '../kit/runs.js'
import { finish, type Rival } from './crowd.js'
import { rivals } from './rivals.js'

/** At most so many coroutines of a crowd are resumed one by one, while the others stay parked. */
const SINGLES = 10_000

/** The same warm-up for every cell: else a large crowd would be measured with colder code than a small one. */
const WARM_UP = { size: 1000, ms: 500 }

export const probe: Probe = async ({ rival, size }, effort) => {
  const chosen = await load(rivals, rival)
  await repeat({ warmUpMs: WARM_UP.ms, measureMs: 0 }, () => oneByOne(chosen, WARM_UP.size))
  return repeat({ warmUpMs: 0, measureMs: effort.measureMs }, () => oneByOne(chosen, size))
}

async function oneByOne(rival: Rival, size: number): Promise<number> {
  const crowd = await rival.park(size)
  const singles = randomIndices(size, Math.min(size, SINGLES), size)
  collect('young')

  const start = performance.now()
  for (const index of singles) {
    crowd.settle(index, 0)
    const resumed = crowd.resume()
    if (resumed !== undefined) await resumed
  }
  const elapsedMs = performance.now() - start

  check('resumed one by one', crowd.resumptions, singles.length)
  const single = new Set(singles)
  for (let index = 0; index < size; index++) if (!single.has(index)) crowd.settle(index, 0)
  await crowd.resume()
  await finish(crowd, size, 1)
  return (elapsedMs * 1000) / singles.length
}
