/** Where pages come from: what every origin can do, and one that is somebody else's. */

import type { HostThread } from '../../client/host-thread.js'
import { MissedError } from './scene.js'

export interface Page {
  readonly url: string
  readonly content: Uint8Array
}

/** A page that is kept back, where the origin can be told to. */
export interface Gate {
  readonly keeps: 'the page' | 'nothing'
  open(): Promise<void>
}

export interface Origin {
  /** The page of the scenes that need no other, read past any cache. */
  page(signal: AbortSignal): Promise<Page>
  /** Requests for pages so far. */
  requests(): Promise<number>
  /** Answers no request for `url` until the gate is opened, if it can be told to. */
  hold(url: string): Promise<Gate>
}

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
