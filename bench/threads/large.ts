/** Probe of the large body: a thread gets all of a body that lies in a store elsewhere, as bytes of its own. In ms. */

import type { Probe, Sample } from '../kit/figure.js'
import { OriginProcess } from '../kit/origin-process.js'
import type { LargeErrand } from './large-thread.js'
import { heard, startThread } from './thread.js'

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await OriginProcess.start()
  const bytes = size * 1024 * 1024
  const errand: LargeErrand = { rival, effort, bytes, url: `${origin.base}/${bytes}` }
  const thread = startThread('large-thread', errand)
  const sample = await heard<Sample>(thread)
  await thread.terminate()
  origin.close()
  return sample
}
