/** Sends requests to origins: picks the backend, keeps its connections, and tracks what is under way. */

import { type Clock, systemClock } from '../base/clock.js'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import type { Fetch } from '../base/web-types.js'
import type { RequestHead } from '../http/message.js'
import { SendError } from '../pending/send-error.js'
import type { Activity, Wire } from './attempt.js'
import { anyOrigin, type Backend, type BackendOptions, readBackend } from './backends.js'
import { Connections } from './connections.js'
import { FetchWire } from './fetch-wire.js'
import { type AnswerProcessor, type OriginSend, PendingSend } from './origin-send.js'
import { address, type SendOptions } from './outgoing.js'
import { Semaphore } from './semaphore.js'
import { SocketWire } from './socket-wire.js'

export interface OriginsOptions {
  /** Maps a name to a base URL, or to the options of that backend. */
  readonly backends?: Readonly<Record<string, string | URL | BackendOptions>> | undefined
  /** Sends every request, in place of the connections kept here. It pools, decodes and negotiates TLS by itself. */
  readonly fetch?: Fetch | undefined
  readonly clock: Clock
  /** Measures for how long connections are idle: real time, whatever `clock` is. An option for specs. */
  readonly networkClock?: Clock
}

/** A backend, and how an attempt to reach it is carried. */
interface Destination {
  readonly backend: Backend
  openWire(): Wire
}

export class Origins {
  readonly #clock: Clock
  readonly #networkClock: Clock
  readonly #named = new Map<string, Destination>()
  readonly #any: Destination
  readonly #connections: Connections[] = []
  readonly #activities = new Set<Activity>()
  #closing: Promise<void> | undefined

  /** Throws `InvalidArgumentError` for options that cannot be meant. */
  constructor({ backends = {}, fetch, clock, networkClock = systemClock }: OriginsOptions) {
    this.#clock = clock
    this.#networkClock = networkClock
    for (const [name, options] of Object.entries(backends)) {
      this.#named.set(name, this.#destination(readBackend(name, options), fetch))
    }
    this.#any = this.#destination(anyOrigin, fetch)
  }

  /** Whether `name` is a backend. */
  has(name: string): boolean {
    return this.#named.has(name)
  }

  /** How many requests have an answer, head or body, still on its way. */
  get active(): number {
    return this.#activities.size
  }

  /**
   * Sends `request`, with the retries of its backend. Redirects, codings and statuses are left to the caller.
   * Throws `ClosedError`, `InvalidArgumentError` for a method that cannot be sent, and a `SendError` for an unknown backend
   * (`DestinationNotFound`) or an unusable URL (`HttpRequestUriInvalid`); every later failure is thrown by `take`.
   * `openProcessor` is called only if `send` does not throw.
   */
  send(request: RequestHead, options: SendOptions = {}, openProcessor?: () => AnswerProcessor): OriginSend {
    if (this.#closing) throw new ClosedError('the host')
    const { backend: name } = options
    const destination = name === undefined ? this.#any : this.#named.get(name)
    if (destination === undefined) throw new SendError('DestinationNotFound', { backend: String(name), request })
    const outgoing = address(destination.backend, request, options)
    const { openWire } = destination
    return new PendingSend(outgoing, { clock: this.#clock, activities: this.#activities, openWire }, openProcessor)
  }

  /** Ends every send and body that is on its way (a `SendError` caused by `ClosedError`), and every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const reason = new ClosedError('the host')
    for (const activity of [...this.#activities]) activity.abort(reason)
    await Promise.all(this.#connections.map(({ agent }) => agent.destroy(reason)))
  }

  #destination(backend: Backend, fetch: Fetch | undefined): Destination {
    if (fetch === undefined) {
      const connections = new Connections(backend, this.#networkClock)
      this.#connections.push(connections)
      // The agent's own `connections` limit is not enough: undici drops a pool whose connections have all ended, though requests are
      // still queued in it, and a new pool for the same origin does not count these.
      const { maxConnections } = backend
      const limit = maxConnections === undefined ? undefined : new Semaphore(maxConnections)
      return { backend, openWire: () => new SocketWire(connections, limit) }
    }
    if (backend.maxConnections !== undefined || Object.keys(backend.tls).length > 0) {
      throw new InvalidArgumentError(
        `backends.${backend.name}: tls and maxConnections have no meaning with a fetch of your own`,
      )
    }
    return { backend, openWire: () => new FetchWire(fetch) }
  }
}
