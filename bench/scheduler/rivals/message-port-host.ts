/** The host of the bare ping-pong: for each message it adds one to the shared word, and wakes the guest that sleeps on the word. */

import { parentPort, workerData } from 'node:worker_threads'

const words = workerData as Int32Array

parentPort?.on('message', () => {
  Atomics.add(words, 0, 1)
  Atomics.notify(words, 0)
})
parentPort?.postMessage('listening')
