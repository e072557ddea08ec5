/** The thread that wants the large body, again and again. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Effort } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { bringers } from './rivals.js'

export interface LargeErrand {
  readonly rival: string
  readonly effort: Effort
  readonly bytes: number
  readonly url: string
}

const { rival, effort, bytes, url } = workerData as LargeErrand
const bringer = await load(bringers, rival)
await bringer.prepare(bytes, url)
const sample = await repeat(effort, async () => {
  const start = performance.now()
  const brought = bringer.bring()
  const body = brought instanceof Uint8Array ? brought : await brought
  const tookMs = performance.now() - start
  if (body.byteLength !== bytes || body[bytes - 1] !== 'a'.charCodeAt(0))
    throw new Error('not the body that was put there')
  return tookMs
})
await bringer.close()
parentPort?.postMessage(sample)
