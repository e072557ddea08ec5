/** An origin that is somebody else's. */

import type { HostThread } from '../../client/host-thread.js'
import { MissedError } from './expect.js'
import type { Gate, Origin, Page } from './page.js'

/** A real server: it cannot be told anything, and what it was asked is known only from the host that asked. */
export class ForeignOrigin implements Origin {
  readonly #url: string
  readonly #host: HostThread

  constructor(page: URL, host: HostThread) {
    this.#url = page.href
    this.#host = host
  }

  async page(signal: AbortSignal): Promise<Page> {
    try {
      const response = await fetch(this.#url, { headers: { 'accept-encoding': 'identity' }, signal })
      return { url: this.#url, content: new Uint8Array(await response.arrayBuffer()) }
    } catch (failure) {
      throw new MissedError(`${this.#url} cannot be read: ${String((failure as Error).cause ?? failure)}`)
    }
  }

  async requests(): Promise<number> {
    return this.#host.stats().sends.started
  }

  async hold(): Promise<Gate> {
    return { keeps: 'nothing', open: async () => {} }
  }
}
