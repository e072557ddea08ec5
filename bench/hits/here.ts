/** Probe of one thread: many hits in a row. In µs per hit. */

import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { rivals } from './rivals.js'
import { startStillOrigin } from './still-origin.js'

/** How many hits make one run. */
const HITS = 2000

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await startStillOrigin(size)
  const hitter = await load(rivals, rival)
  const hits = await hitter.open()
  await hits.fill(origin.url)
  const sample = await repeat(effort, async () => {
    const start = performance.now()
    const bytes = await hits.hit(origin.url, HITS)
    const us = ((performance.now() - start) * 1000) / HITS
    check('bytes of all bodies', bytes, HITS * size)
    return us
  })
  check('requests of the origin', origin.asked, 1)
  await hits.close()
  origin.close()
  return sample
}
