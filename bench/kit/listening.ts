/** Waits until the process of a server accepts connections. */

import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that does not listen after this time is taken never to do so. */
const START_MS = 20_000

/** Resolves once `port` accepts connections. Rejects, and kills the process, if it ends before or takes longer than `START_MS`. */
export async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && child.exitCode === null) {
    if (await isOpen(port)) return
    await sleep(20)
  }
  child.kill()
  const reason = child.exitCode === null ? ` after ${START_MS} ms` : `: it ended with ${child.exitCode}`
  throw new Error(`${child.spawnfile} does not listen on port ${port}${reason}`)
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
