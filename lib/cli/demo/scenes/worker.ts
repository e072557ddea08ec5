/** One thread of the crew: joins the host by its ticket and plays what it is told to. Runs as a worker, exports nothing. */

import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../../client/connect.js'
import type { Role, Word } from '../crew.js'
import { partNamed } from './parts.js'

const cache = connect(workerData.ticket)
const say = (word: Word) => parentPort?.postMessage(word)

parentPort?.on('message', ({ part, task }: Role) => {
  try {
    say({ says: 'done', result: partNamed(part)(cache, task, () => say({ says: 'ready' })) })
  } catch (failure) {
    say({ says: 'failed', failure })
  }
})
