/** Collects garbage when a spec says so, so that it can count what is still held. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** A full collection, here and now. */
export const collect = runInNewContext('gc') as () => void

/** How many more bytes of heap are held after `work` than before it. */
export function heldBy(work: () => void): number {
  const held = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = held()
  work()
  return held() - before
}
