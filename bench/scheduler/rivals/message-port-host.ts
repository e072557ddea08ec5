/** The host of the bare ping-pong: for each message it counts up the shared word and wakes whoever sleeps on it. */

import { parentPort, workerData } from 'node:worker_threads'

const words = workerData as Int32Array

parentPort?.on('message', () => {
  Atomics.add(words, 0, 1)
  Atomics.notify(words, 0)
})
parentPort?.postMessage('listening')
