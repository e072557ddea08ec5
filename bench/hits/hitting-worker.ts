/** A worker of the probe `in-workers`: for each message it makes `hits` hits, and reports the bytes of their bodies. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import { connect, openCache } from '../../lib/index.js'
import { type Driver, rivalCacheOver } from './rivals/tidewait.js'

export interface HittingData {
  /** The ticket of a host; without one, the worker opens a cache of its own. */
  readonly ticket: Ticket | undefined
  readonly driver: Driver
  readonly url: string
  readonly hits: number
}

const { ticket, driver, url, hits } = workerData as HittingData
const cache = ticket === undefined ? openCache() : connect(ticket)
const driven = rivalCacheOver(cache, driver)
await driven.fill(url)
parentPort?.on('message', async () => parentPort?.postMessage(await driven.hit(url, hits)))
parentPort?.postMessage('ready')
