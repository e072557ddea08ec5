/** Probe of misses: `size` callers at a time request one new URL after another. In µs of processor time per request. */

import { check } from '../kit/check.js'
import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { OriginProcess } from '../kit/origin-process.js'
import { repeat } from '../kit/runs.js'
import { rivals } from './rivals.js'

/** The number of requests in one run. */
const REQUESTS = 400
const BYTES = 1024

export const probe: Probe = async ({ rival, size }, effort) => {
  const { fetch, path, close } = await load(rivals, rival)
  const origin = await OriginProcess.start()
  let asked = 0

  async function caller(): Promise<number> {
    let bytes = 0
    for (let left = REQUESTS / size; left > 0; left--) {
      const response = await fetch(`${origin.base}/${BYTES}${path}?${asked++}`)
      bytes += (await response.arrayBuffer()).byteLength
    }
    return bytes
  }

  const sample = await repeat(effort, async () => {
    const start = process.cpuUsage()
    const bytes = await Promise.all(Array.from({ length: size }, caller))
    const { user, system } = process.cpuUsage(start)
    check(
      'bytes of all bodies',
      bytes.reduce((sum, each) => sum + each),
      REQUESTS * BYTES,
    )
    return (user + system) / REQUESTS
  })
  check('requests of the origin', await origin.asked(), asked)
  await close()
  origin.close()
  return sample
}
