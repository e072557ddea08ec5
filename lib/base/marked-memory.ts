/** Shared memory with a random mark in it. Each thread has its own object for one memory, and knows it again by the mark. */

import { randomInt } from 'node:crypto'

const MARK_BYTES = 4

/** New memory of `bytes` bytes, a multiple of 4, and one more word for the mark. */
export function markedMemory(bytes: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes + MARK_BYTES)
  new Int32Array(memory, bytes)[0] = randomInt(2 ** 31)
  return memory
}

/** The mark. Two objects for one memory have the same, two memories only by chance. `undefined` where there can be no mark. */
export function markOf(memory: SharedArrayBuffer): number | undefined {
  const at = memory.byteLength - MARK_BYTES
  return at >= 0 && at % MARK_BYTES === 0 ? new Int32Array(memory, at)[0] : undefined
}
