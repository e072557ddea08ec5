/** A host thread that a spec can kill. */

import { once } from 'node:events'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { lifeMemory } from '../../lib/bridge/life.js'
import { standingsMemory } from '../../lib/cache/standings.js'
import { HostThread, type HostWorkerData } from '../../lib/client/host-thread.js'
import { resolvePolicy } from '../../lib/http/policy.js'

export interface MortalWorkerData extends HostWorkerData {
  readonly fate: MessagePort
}

export class MortalHost implements AsyncDisposable {
  private constructor(
    readonly thread: HostThread,
    readonly worker: Worker,
    /** Told `throw` or `grow`, it dies of an uncaught error or of too little memory. Any thread may hold it. */
    readonly fate: MessagePort,
  ) {}

  static async start(): Promise<MortalHost> {
    const { port1, port2 } = new MessageChannel()
    const life = lifeMemory()
    const standings = standingsMemory()
    const workerData: MortalWorkerData = { options: {}, life, standings, fate: port2 }
    const worker = new Worker(new URL('./mortal-worker.js', import.meta.url), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    })
    await once(worker, 'message')
    const thread = HostThread.over(worker, {
      life,
      standings,
      policy: resolvePolicy('rfc9111'),
      id: 'mortal',
      backends: [],
    })
    return new MortalHost(thread, worker, port1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fate.close()
    await this.thread.close({ drainMs: 0 })
  }
}
