/** The bare ping-pong: the guest posts a message, and sleeps until the host has changed a shared word. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Caller, Line } from '../line.js'

/** The index of the shared word: the number of questions that the host has answered. */
const ANSWERED = 0

class MessagePortLine implements Line {
  readonly #worker: Worker
  readonly #words: Int32Array
  #asked = 0

  constructor(worker: Worker, words: Int32Array) {
    this.#worker = worker
    this.#words = words
  }

  ask(): void {
    this.#worker.postMessage(undefined)
    const before = this.#asked++
    while (Atomics.load(this.#words, ANSWERED) === before) Atomics.wait(this.#words, ANSWERED, before)
  }

  async close(): Promise<number> {
    await this.#worker.terminate()
    return Atomics.load(this.#words, ANSWERED)
  }
}

export const messagePort: Caller = {
  async open() {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(new URL('message-port-host.js', import.meta.url), { workerData: words })
    await once(worker, 'message')
    return new MessagePortLine(worker, words)
  },
}
