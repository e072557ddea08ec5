/** One thread of the crew: joins the host by its ticket, and plays the parts it is sent. Runs as a worker; exports nothing. */

import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../../client/connect.js'
import type { Assignment, MemberMessage } from '../crew.js'
import { partNamed } from './parts.js'

const cache = connect(workerData.ticket)
const post = (message: MemberMessage) => parentPort?.postMessage(message)

parentPort?.on('message', ({ part, task }: Assignment) => {
  try {
    post({ is: 'done', result: partNamed(part)(cache, task, () => post({ is: 'ready' })) })
  } catch (failure) {
    post({ is: 'failed', failure })
  }
})
