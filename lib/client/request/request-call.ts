/** One call of `send`: the request's options, and what its caller adds while the request is under way. */

import type { ResponseHead } from '../../http/message.js'
import { HeaderOps } from '../../pending/header-ops.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Trace } from './tracing.js'

/** One client that waits for the request's answer. */
export interface WaitingClient {
  /** Called for each interim (1xx) head, in order, before the answer. */
  interim(head: ResponseHead): void
  /** Called when the lookup sends the request past the cache, before its answer or failure. */
  leftCache(): void
}

const NONE: readonly WaitingClient[] = []

/** Most callers add nothing, so the parts for that are made when first needed. */
export class RequestCall {
  #ops: HeaderOps | undefined = undefined
  /** Nearly always none or one. */
  #clients: readonly WaitingClient[] = NONE

  /** Set while the channel has a subscriber, from the request's first step to its end. */
  trace: Trace | undefined = undefined

  /** `key` is the key of the answer in this thread's memory; `undefined` if the answer may not be remembered. */
  constructor(
    readonly options: RequestOptions,
    readonly key: string | undefined,
  ) {}

  /** The caller's edits of the answer's head. */
  get ops(): HeaderOps {
    this.#ops ??= new HeaderOps()
    return this.#ops
  }

  /** Whether a client waits for the answer. */
  get hasClients(): boolean {
    return this.#clients.length > 0
  }

  addClient(client: WaitingClient): void {
    this.#clients = [...this.#clients, client]
  }

  removeClient(client: WaitingClient): void {
    const left = this.#clients.filter((each) => each !== client)
    this.#clients = left.length === 0 ? NONE : left
  }

  interim(head: ResponseHead): void {
    for (const client of this.#clients) client.interim(head)
  }

  leftCache(): void {
    for (const client of this.#clients) client.leftCache()
  }
}
