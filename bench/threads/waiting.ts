/** Probe of the memory of requests that wait, for one fetch (`parked`) or each for its own (`fetching`). In bytes per request. */

import type { Probe } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { OriginProcess } from '../kit/origin-process.js'
import { holders } from './rivals.js'

/** The number of requests made before the first measurement, so that it includes compiled code and tables. */
const WARM_UP = 200

export const probe: Probe = async ({ figure, rival, size }) => {
  const origin = await OriginProcess.start()
  const holder = await load(holders, rival)
  const urls = (count: number, round: string) =>
    Array.from({ length: count }, (_, nth) => `${origin.base}/0/never?${round}${figure === 'parked' ? '' : nth}`)
  await holder.hold(urls(WARM_UP, 'warm-up'))
  const before = await holder.used()
  await holder.hold(urls(size, 'measured'))
  const value = ((await holder.used()) - before) / size
  await holder.release()
  origin.close()
  return { value, runs: [value] }
}
