/** Requests placed on a host that can be weighed, from this thread, which is weighed too. */

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
  const { port1: here, port2: scales } = new MessageChannel()
  const life = lifeMemory()
  const standings = standingsMemory()
  const workerData = { options: {}, life, standings, scales }
  const worker = new Worker(new URL('../parked-host.js', import.meta.url), { workerData, transferList: [scales] })
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
      const isAll = () => {
        const { transactions, sends } = cache.stats()
        return transactions.waiting + sends.active >= held.length
      }
      while (!isAll()) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async used() {
      here.postMessage('weigh')
      const [there] = (await once(here, 'message')) as [number]
      return there + usedHere()
    },
    async release() {
      here.close()
      for (const pending of held) pending.cancel()
      await cache.close({ drainMs: 0 })
      await host.close({ drainMs: 0 })
    },
  }
}
