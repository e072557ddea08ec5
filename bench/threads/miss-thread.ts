/** The thread of the probe `miss`: sends one request after another, and reports the sample and the number of requests. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Effort } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { getters } from './rivals.js'

export interface MissThreadData {
  readonly rival: string
  readonly effort: Effort
  /** The URL without its query. The thread adds a new query to each request, so that each is a miss. */
  readonly base: string
}

/** How many requests make one run. */
const REQUESTS = 100

const { rival, effort, base } = workerData as MissThreadData
const getter = await load(getters, rival)
const bytes = Number(new URL(base).pathname.slice(1))
let asked = 0

/** Awaits only promises: an `await` after each blocking `get` would let queued work run that a blocked thread cannot run. */
async function misses(): Promise<number> {
  const start = performance.now()
  for (let request = 0; request < REQUESTS; request++) {
    const got = getter.get(`${base}?${asked++}`)
    if ((typeof got === 'number' ? got : await got) !== bytes) throw new Error('a body of another length')
  }
  return ((performance.now() - start) * 1000) / REQUESTS
}

const sample = await repeat(effort, misses)
await getter.close()
parentPort?.postMessage({ sample, asked })
