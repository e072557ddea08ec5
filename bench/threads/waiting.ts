/** Probe of the memory of requests that wait, for one and the same answer or each for its own. In bytes per request. */

import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { OriginProcess } from '../kit/origin-process.js'
import { holders } from './rivals.js'

/** Enough that code and tables exist before the first look at the heap. */
const REHEARSAL = 200

export const probe: Probe = async ({ figure, rival, size }) => {
  const origin = await OriginProcess.start()
  const holder = await load(holders, rival)
  const urls = (count: number, round: string) =>
    Array.from({ length: count }, (_, nth) => `${origin.base}/0/never?${round}${figure === 'parked' ? '' : nth}`)
  await holder.hold(urls(REHEARSAL, 'rehearsal'))
  const before = await holder.used()
  await holder.hold(urls(size, 'real'))
  const value = ((await holder.used()) - before) / size
  await holder.release()
  origin.close()
  return { value, runs: [value] }
}
