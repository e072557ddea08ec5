/** Requests of this thread to a host in another one; the memory of both threads is measured. */

import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { lifeMemory } from '../../../lib/bridge/life.js'
import { standingsMemory } from '../../../lib/cache/standings.js'
import { HostThread } from '../../../lib/client/host-thread.js'
import { resolvePolicy } from '../../../lib/http/policy.js'
import type { PendingRequest } from '../../../lib/index.js'
import type { Holder } from '../holder.js'
import { usedHere } from '../memory.js'

export async function open(): Promise<Holder> {
  const { port1: port, port2: memoryPort } = new MessageChannel()
  const life = lifeMemory()
  const standings = standingsMemory()
  const workerData = { options: {}, life, standings, memoryPort }
  const worker = new Worker(new URL('../measured-host.js', import.meta.url), { workerData, transferList: [memoryPort] })
  await once(worker, 'message')
  const host = HostThread.over(worker, {
    life,
    standings,
    policy: resolvePolicy('rfc9111'),
    id: 'parked',
    backends: [],
  })
  const cache = host.connect()
  const held: PendingRequest[] = []
  return {
    async hold(urls) {
      for (const url of urls) {
        const pending = cache.send(url)
        pending.poll()
        held.push(pending)
      }
      const allWait = () => {
        const { transactions, sends } = cache.stats()
        return transactions.waiting + sends.active >= held.length
      }
      while (!allWait()) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async used() {
      port.postMessage('measure')
      const [hostBytes] = (await once(port, 'message')) as [number]
      return hostBytes + usedHere()
    },
    async release() {
      port.close()
      for (const pending of held) pending.cancel()
      await cache.close({ drainMs: 0 })
      await host.close({ drainMs: 0 })
    },
  }
}
