/** What this thread uses: its heap, and the array buffers beside it. */

import { collect } from '../kit/runs.js'

/** After a full collection. */
export function usedHere(): number {
  collect('all')
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
