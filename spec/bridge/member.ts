/** Where the thread of a member begins. */

import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../lib/index.js'
import type { MemberData } from './crew.js'
import { tasks } from './tasks.js'

const { ticket, task, ...order } = workerData as MemberData

/** The next word it is told; it listens only while it waits. */
function told(): Promise<unknown> {
  return new Promise((resolve) => parentPort?.once('message', resolve))
}

const cache = connect(ticket)
await tasks[task]({ cache, ...order, told, say: (word) => parentPort?.postMessage(word) })
