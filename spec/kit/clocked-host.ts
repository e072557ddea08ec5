/** A host thread whose time a spec moves: the thread has a clock of its own, told through a port how far to go. */

import { once } from 'node:events'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { joinHost } from '../../lib/bridge/guest/guest.js'
import { Life, lifeMemory } from '../../lib/bridge/life.js'
import { standingsMemory } from '../../lib/cache/standings.js'
import { Cache } from '../../lib/client/cache.js'
import { type HostOptions, HostThread, type HostWorkerData } from '../../lib/client/host-thread.js'
import { type Stats, withGuest } from '../../lib/client/stats.js'
import { resolvePolicy } from '../../lib/http/policy.js'
import { TestClock } from './test-clock.js'

export interface ClockedWorkerData extends HostWorkerData {
  /** Milliseconds come in; once they have passed, anything goes back. */
  readonly clock: MessagePort
}

/** As `startHost`, with the same `HostThread` behind it; only its clock is another. */
export class ClockedHost implements AsyncDisposable {
  readonly thread: HostThread
  /** This thread's clock, in step with the host's. */
  readonly clock = new TestClock()
  readonly #port: MessagePort

  private constructor(thread: HostThread, port: MessagePort) {
    this.thread = thread
    this.#port = port
  }

  static async start(options: HostOptions): Promise<ClockedHost> {
    const { port1, port2 } = new MessageChannel()
    const life = lifeMemory()
    const standings = standingsMemory()
    const workerData: ClockedWorkerData = { options, life, standings, clock: port2 }
    const worker = new Worker(new URL('./host-worker.js', import.meta.url), { workerData, transferList: [port2] })
    worker.once('exit', () => new Life(life).end())
    await once(worker, 'message')
    const policy = resolvePolicy(options.policy)
    const backends = Object.keys(options.backends ?? {})
    return new ClockedHost(
      HostThread.over(worker, { life, standings, policy, id: options.id ?? 'tidewait', backends }),
      port1,
    )
  }

  /** As `connect`, on this clock. */
  connect(): Cache<Stats> {
    const ticket = this.thread.ticket()
    const host = joinHost(ticket, this.clock)
    return Cache.over<Stats>({
      host,
      policy: ticket.policy,
      clock: this.clock,
      id: ticket.id,
      stats: (guest) => withGuest(host.stats() as Stats, guest),
      shutDown: async () => host.shutDown(),
    })
  }

  /** Moves the host's time and this thread's; what was due there has happened when this resolves. */
  async advance(ms: number): Promise<void> {
    this.#port.postMessage(ms)
    await once(this.#port, 'message')
    this.clock.advance(ms)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#port.close()
    await this.thread.close({ drainMs: 0 })
  }
}
