/** The host of the soak: the library's host thread, started here so that `die` can terminate it at any moment. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { lifeMemory } from '../../lib/bridge/life.js'
import { standingsMemory } from '../../lib/cache/standings.js'
import { HostThread, type HostWorkerData } from '../../lib/client/host-thread.js'
import { resolvePolicy } from '../../lib/http/policy.js'
import type { Stats } from '../../lib/index.js'

export class SoakHost {
  private constructor(
    readonly thread: HostThread,
    private readonly worker: Worker,
  ) {}

  static async start(): Promise<SoakHost> {
    const shared = { life: lifeMemory(), standings: standingsMemory() }
    const workerData: HostWorkerData = { options: {}, ...shared }
    const worker = new Worker(new URL('../../lib/client/host-worker.js', import.meta.url), { workerData })
    await once(worker, 'message')
    const thread = HostThread.over(worker, { ...shared, policy: resolvePolicy('rfc9111'), id: 'soak', backends: [] })
    return new SoakHost(thread, worker)
  }

  stats(): Stats & { readonly guests: number } {
    return this.thread.stats() as Stats & { readonly guests: number }
  }

  async die(): Promise<void> {
    await this.worker.terminate()
  }
}
