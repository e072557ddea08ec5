/** A thread of the probe `cold`: when it is sent a URL, its callers request that URL, and it reports how many bytes they got. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Ticket } from '../../lib/bridge/ticket.js'
import { load } from '../kit/load.js'
import { crowds } from './rivals.js'

export interface ColdThreadData {
  readonly rival: string
  readonly ticket: Ticket
  readonly callers: number
}

const { rival, ticket, callers } = workerData as ColdThreadData
const crowd = await load(crowds, rival)
const member = crowd.join(ticket)
parentPort?.on('message', async (url: string) => parentPort?.postMessage(await member.ask(url, callers)))
parentPort?.postMessage('joined')
