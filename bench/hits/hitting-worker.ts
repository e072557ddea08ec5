/** Where a worker of the bench begins: it makes as many hits as it was told to, whenever it is told. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import { connect, openCache } from '../../lib/index.js'
import { type Driver, hitsOf } from './rivals/tidewait.js'

export interface HittingData {
  readonly ticket: Ticket | undefined
  readonly driver: Driver
  readonly url: string
  readonly hits: number
}

const { ticket, driver, url, hits } = workerData as HittingData
const cache = ticket === undefined ? openCache() : connect(ticket)
const caller = hitsOf(cache, driver)
await caller.fill(url)
parentPort?.on('message', async () => parentPort?.postMessage(await caller.hit(url, hits)))
parentPort?.postMessage('ready')
