/** A real server as the tour's origin. */

import type { HostThread } from '../../client/host-thread.js'
import { MissedError } from './expect.js'
import type { Gate, Origin, Page } from './page.js'

/** It cannot be told how to behave, and its requests are counted by the host that sends them. */
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
