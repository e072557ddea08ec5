/** Where the thread of a `MortalHost` begins: the library's own host, and a port by which it is told what to die of. */

import { workerData } from 'node:worker_threads'
import { runHost } from '../../lib/client/run-host.js'
import type { MortalWorkerData } from './mortal-host.js'

const { options, fate, ...shown } = workerData as MortalWorkerData
fate.on('message', (cause: 'throw' | 'grow') => {
  if (cause === 'throw') throw new RangeError('told to die')
  const all: unknown[] = []
  // Large enough to be noticed at the limit: small ones take the whole process with them in Node 24.
  for (;;) all.push(new Array(100_000).fill(0.5))
})
fate.unref()
runHost(options, shown)
