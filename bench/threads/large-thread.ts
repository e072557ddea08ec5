/** The thread of the probe `large`: reads the large body again and again, and reports the sample. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Effort } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { bodyReaders } from './rivals.js'

export interface LargeThreadData {
  readonly rival: string
  readonly effort: Effort
  readonly bytes: number
  readonly url: string
}

const { rival, effort, bytes, url } = workerData as LargeThreadData
const bodyReader = await load(bodyReaders, rival)
await bodyReader.prepare(bytes, url)
const sample = await repeat(effort, async () => {
  const start = performance.now()
  const result = bodyReader.read()
  const body = result instanceof Uint8Array ? result : await result
  const tookMs = performance.now() - start
  if (body.byteLength !== bytes || body[bytes - 1] !== 'a'.charCodeAt(0))
    throw new Error('not the body that the rival prepared')
  return tookMs
})
await bodyReader.close()
parentPort?.postMessage(sample)
