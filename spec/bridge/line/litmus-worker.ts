/** Reads what is announced, then asks, half a million times: was any answer older than what was announced? */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../../lib/bridge/ticket.js'
import { connect } from '../../../lib/index.js'

export interface LitmusData {
  readonly ticket: Ticket
  readonly url: string
  /** The newest edition, and how many hits there have been. */
  readonly words: Int32Array
}

export interface LitmusReport {
  readonly hits: number
  readonly editions: number
  /** Announced, and got; the first few. */
  readonly older: readonly (readonly [announced: number, got: number])[]
}

const HITS = 500_000

const { ticket, url, words } = workerData as LitmusData
const cache = connect(ticket)
const older: [number, number][] = []
const editions = new Set<number>()
let hits = 0
while (hits < HITS) {
  const newest = Atomics.load(words, 0)
  const response = cache.send(url).wait()
  const got = Number(response.text().wait())
  if (got < newest && older.length < 3) older.push([newest, got])
  editions.add(got)
  if (!response.wasCached) continue
  hits++
  Atomics.add(words, 1, 1)
}
parentPort?.postMessage({ hits, editions: editions.size, older } satisfies LitmusReport)
await cache.close()
