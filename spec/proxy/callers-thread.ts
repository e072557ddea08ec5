/** A thread that connects to `port` as many times as it is told, and counts in `connected` how many times it could. */

import { connect } from 'node:net'
import { workerData } from 'node:worker_threads'

const { port, callers, connected } = workerData as { port: number; callers: number; connected: Int32Array }

for (let caller = 0; caller < callers; caller++)
  connect(port, '127.0.0.1')
    .on('error', () => {})
    .on('connect', () => {
      if (Atomics.add(connected, 0, 1) + 1 === callers) Atomics.notify(connected, 1, Atomics.store(connected, 1, 1))
    })
