/** What the platform offers: `postMessage` clones the body into a message. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { BodyReader } from '../body-reader.js'

/** The thread that owns the body. */
const OWNER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const body = new Uint8Array(workerData).fill(97)
  parentPort.on('message', () => parentPort.postMessage(body))
  parentPort.postMessage('ready')
`

export function bodyReader(): BodyReader {
  let owner: Worker | undefined
  return {
    async prepare(bytes) {
      owner = new Worker(OWNER, { eval: true, workerData: bytes })
      await once(owner, 'message')
    },
    async read() {
      owner?.postMessage('send')
      const [body] = (await once(owner as Worker, 'message')) as [Uint8Array]
      return body
    },
    async close() {
      await owner?.terminate()
    },
  }
}
