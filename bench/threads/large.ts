/** Probe of the large body: a thread reads a body that is stored elsewhere into memory of its own. In ms per body. */

import type { Probe, Sample } from '../kit/figure.js'
import { OriginProcess } from '../kit/origin-process.js'
import type { LargeThreadData } from './large-thread.js'
import { nextMessage, startThread } from './thread.js'

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await OriginProcess.start()
  const bytes = size * 1024 * 1024
  const data: LargeThreadData = { rival, effort, bytes, url: `${origin.base}/${bytes}` }
  const thread = startThread('large-thread', data)
  const sample = await nextMessage<Sample>(thread)
  await thread.terminate()
  origin.close()
  return sample
}
