/** A thread that reads the machine's clock, and what it is read from before and after. */

import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../lib/base/clock.js'

/** Three moments, the second by `systemClock`. */
export function readings(): number[] {
  const monotonic = () => Number(process.hrtime.bigint()) / 1e6
  return [monotonic(), systemClock.now(), monotonic()]
}

parentPort?.postMessage(readings())
