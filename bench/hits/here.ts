/** Probe of hits on one thread: many in a row. In µs per hit. */

import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { startFixedOrigin } from './fixed-origin.js'
import { rivals } from './rivals.js'

/** The number of hits in one run. */
const HITS = 2000

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await startFixedOrigin(size)
  const chosen = await load(rivals, rival)
  const cache = await chosen.open()
  await cache.fill(origin.url)
  const sample = await repeat(effort, async () => {
    const start = performance.now()
    const bytes = await cache.hit(origin.url, HITS)
    const us = ((performance.now() - start) * 1000) / HITS
    check('bytes of all bodies', bytes, HITS * size)
    return us
  })
  check('requests of the origin', origin.asked, 1)
  await cache.close()
  origin.close()
  return sample
}
