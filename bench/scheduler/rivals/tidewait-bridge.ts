/** The bridge: the guest pings the host, which answers at once, and blocks until the handle of the ping is ready. */

import { joinHost } from '../../../lib/bridge/guest/guest.js'
import type { RemoteHost } from '../../../lib/bridge/guest/remote-host.js'
import { type HostThread, startHost } from '../../../lib/index.js'
import type { Caller, Line } from '../line.js'

class BridgeLine implements Line {
  readonly #thread: HostThread
  readonly #host: RemoteHost
  #answered = 0

  constructor(thread: HostThread, host: RemoteHost) {
    this.#thread = thread
    this.#host = host
  }

  ask(): void {
    const pong = this.#host.ping()
    while (!this.#host.isReady(pong)) this.#host.react()
    this.#host.close(pong)
    this.#answered++
  }

  async close(): Promise<number> {
    this.#host.shutDown()
    await this.#thread.close({ drainMs: 0 })
    return this.#answered
  }
}

export const tidewaitBridge: Caller = {
  async open() {
    const thread = await startHost()
    return new BridgeLine(thread, joinHost(thread.ticket()))
  },
}
