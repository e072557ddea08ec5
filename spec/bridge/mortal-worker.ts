/** Where the thread of a `MortalHost` begins: the library's own host, and a port by which it is told what to die of. */

import { workerData } from 'node:worker_threads'
import { runHost } from '../../lib/client/run-host.js'
import type { MortalWorkerData } from './mortal-host.js'

const { options, life, fate } = workerData as MortalWorkerData
fate.on('message', (cause: 'throw' | 'grow') => {
  if (cause === 'throw') throw new RangeError('told to die')
  const all: unknown[] = []
  for (;;) all.push(new Array(1000).fill(all.length))
})
fate.unref()
runHost(options, life)
