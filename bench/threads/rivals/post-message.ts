/** The platform's own way: the bytes are cloned into a message. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Bringer } from '../bringer.js'

const KEEPER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const body = new Uint8Array(workerData).fill(97)
  parentPort.on('message', () => parentPort.postMessage(body))
  parentPort.postMessage('kept')
`

export function bringer(): Bringer {
  let keeper: Worker | undefined
  return {
    async prepare(bytes) {
      keeper = new Worker(KEEPER, { eval: true, workerData: bytes })
      await once(keeper, 'message')
    },
    async bring() {
      keeper?.postMessage('bring')
      const [body] = (await once(keeper as Worker, 'message')) as [Uint8Array]
      return body
    },
    async close() {
      await keeper?.terminate()
    },
  }
}
