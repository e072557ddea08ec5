/** A thread that starts a host, gives a ticket of it away, and ends in the way it was told. */

import { parentPort, workerData } from 'node:worker_threads'
import { startHost } from '../../lib/index.js'

const { ends } = workerData as { ends: 'by exit' | 'with nothing left to do' | 'of an uncaught error' }

const host = await startHost()
const ticket = host.ticket()
parentPort?.postMessage(ticket, [ticket.port])
if (ends === 'by exit') process.exit()
if (ends === 'of an uncaught error') throw new RangeError('told to end')
