/** Memory that several threads hold, each as an object of its own: by its mark one sees that it is the same. */

import { randomInt } from 'node:crypto'

const MARK_BYTES = 4

/** New memory, of whole words; its last word is taken. */
export function markedMemory(bytes: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes + MARK_BYTES)
  new Int32Array(memory, bytes)[0] = randomInt(2 ** 31)
  return memory
}

/** The same of two objects that are one memory, and only by chance the same of two memories; `undefined` where there is none. */
export function markOf(memory: SharedArrayBuffer): number | undefined {
  const at = memory.byteLength - MARK_BYTES
  return at >= 0 && at % MARK_BYTES === 0 ? new Int32Array(memory, at)[0] : undefined
}
