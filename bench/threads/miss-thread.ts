/** The thread that asks, one request after another. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Effort } from '../kit/figure.js'
import { load } from '../kit/load.js'
import { repeat } from '../kit/runs.js'
import { getters } from './rivals.js'

export interface MissErrand {
  readonly rival: string
  readonly effort: Effort
  /** Without the query, which makes each request another one. */
  readonly base: string
}

/** How many requests make one run. */
const REQUESTS = 100

const { rival, effort, base } = workerData as MissErrand
const getter = await load(getters, rival)
const bytes = Number(new URL(base).pathname.slice(1))
let asked = 0

/** An `await` that is not needed would give a blocked thread turns of the event loop, which it does not have. */
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
