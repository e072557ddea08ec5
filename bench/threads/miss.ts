/** Probe of the miss: a thread requests one new URL after another from an origin that answers at once. In µs per request. */

import type { Probe, Sample } from '../kit/figure.js'
import { OriginProcess } from '../kit/origin-process.js'
import type { MissThreadData } from './miss-thread.js'
import { nextMessage, startThread } from './thread.js'

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await OriginProcess.start()
  const data: MissThreadData = { rival, effort, base: `${origin.base}/${size}` }
  const thread = startThread('miss-thread', data)
  const { sample, asked } = await nextMessage<{ sample: Sample; asked: number }>(thread)
  const arrived = await origin.asked()
  if (arrived !== asked) throw new Error(`the origin was asked ${arrived} times, not ${asked}`)
  origin.close()
  return sample
}
