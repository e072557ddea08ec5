/** Where the thread of a `ClockedHost` begins: the library's own host, on a clock that a spec moves. */

import { workerData } from 'node:worker_threads'
import { runHost } from '../../lib/client/run-host.js'
import type { ClockedWorkerData } from './clocked-host.js'
import { TestClock } from './test-clock.js'

const { options, clock: port, ...shown } = workerData as ClockedWorkerData
const clock = new TestClock()
port.on('message', (ms: number) => {
  clock.advance(ms)
  port.postMessage('moved')
})
runHost({ ...options, clock }, shown)
