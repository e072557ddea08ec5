/** Probe of the cold URL: callers on four threads request one URL; the origin takes 200 ms. In ms until all have their bodies. */

import { startHost } from '../../lib/index.js'
import type { Probe } from '../kit/figure.js'
import { OriginProcess } from '../kit/origin-process.js'
import { repeat } from '../kit/runs.js'
import type { ColdThreadData } from './cold-thread.js'
import { nextMessage, startThread } from './thread.js'

const THREADS = 4
const BYTES = 1024
const ORIGIN_MS = 200

export const probe: Probe = async ({ rival, size }, effort) => {
  const origin = await OriginProcess.start()
  const host = await startHost()
  const threads = Array.from({ length: THREADS }, () => {
    const ticket = host.ticket()
    const data: ColdThreadData = { rival, ticket, callers: size / THREADS }
    return startThread('cold-thread', data, [ticket.port])
  })
  await Promise.all(threads.map((thread) => nextMessage(thread)))
  let runs = 0
  const sample = await repeat(effort, async () => {
    const url = `${origin.base}/${BYTES}/${ORIGIN_MS}?${runs++}`
    const before = await origin.asked()
    const start = performance.now()
    for (const thread of threads) thread.postMessage(url)
    const bytes = await Promise.all(threads.map((thread) => nextMessage<number>(thread)))
    const tookMs = performance.now() - start
    const total = bytes.reduce((sum, each) => sum + each)
    if (total !== size * BYTES) throw new Error(`${total} bytes, not ${size * BYTES}`)
    checkCollapse(rival, (await origin.asked()) - before, size)
    return tookMs
  })
  await Promise.all(threads.map((thread) => thread.terminate()))
  await host.close({ drainMs: 0 })
  origin.close()
  return sample
}

/** The time counts only if `tidewait` sent one request to the origin, and a rival that does not collapse one for each caller. */
function checkCollapse(rival: string, requests: number, callers: number): void {
  const expected = rival === 'tidewait' ? 1 : callers
  if (requests !== expected) throw new Error(`${requests} requests at the origin, not ${expected}`)
}
