/** The memory of this thread: its heap, and the array buffers outside the heap. */

import { collect } from '../kit/runs.js'

/** In bytes, after a full garbage collection. */
export function usedHere(): number {
  collect('all')
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
