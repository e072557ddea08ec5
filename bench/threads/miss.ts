/** Probe of the miss: a thread asks for one URL after another that is in no cache, from an origin of 0 ms. In µs per request. */

import type { Probe, Sample } from '../kit/figure.js'
import { OriginProcess } from '../kit/origin-process.js'
import type { MissErrand } from './miss-thread.js'
import { heard, startThread } from './thread.js'

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await OriginProcess.start()
  const errand: MissErrand = { rival, effort, base: `${origin.base}/${size}` }
  const thread = startThread('miss-thread', errand)
  const { sample, asked } = await heard<{ sample: Sample; asked: number }>(thread)
  const arrived = await origin.asked()
  if (arrived !== asked) throw new Error(`the origin was asked ${arrived} times, not ${asked}`)
  origin.close()
  return sample
}
