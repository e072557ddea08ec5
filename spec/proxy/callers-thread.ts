/**
 * A thread that connects to `port` as many times as it is told, and counts in `connected` how many times it could. Each connection
 * writes `octets`; how many got `answer` back is counted in the third place. The thread ends once all connections have.
 */

import { connect } from 'node:net'
import { workerData } from 'node:worker_threads'

interface Calls {
  readonly port: number
  readonly callers: number
  readonly connected: Int32Array
  readonly octets?: string
  readonly answer?: string
}

const { port, callers, connected, octets, answer } = workerData as Calls

for (let caller = 0; caller < callers; caller++) {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket
    .on('error', () => {})
    .on('connect', () => {
      if (Atomics.add(connected, 0, 1) + 1 === callers) Atomics.notify(connected, 1, Atomics.store(connected, 1, 1))
    })
  if (octets === undefined || answer === undefined) continue
  socket
    .on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    .on('close', () => void (received.includes(answer) && Atomics.add(connected, 2, 1)))
    .write(octets)
}
