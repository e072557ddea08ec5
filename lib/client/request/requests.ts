/** Begins the requests of one cache, and chooses the route of each: recalled from memory, run in this thread, or placed. */

import type { Clock } from '../../base/clock.js'
import { ClosedError } from '../../base/errors.js'
import { checksItself } from '../../base/self-check.js'
import type { Policy } from '../../http/policy.js'
import { bypassesCache } from '../../pending/bypass.js'
import { finalizeRecalled } from '../../pending/finalize.js'
import { type LendingHost, Memory, memoryKey } from '../../pending/memory.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Revalidations } from '../../pending/revalidations.js'
import { refuseSelfCollapse } from '../../pending/self-collapse.js'
import type { Surroundings } from '../../pending/surroundings.js'
import type { Engine } from '../../scheduler/internal.js'
import type { Reads } from '../response/reads.js'
import type { WholeAnswer } from '../writing/write-whole.js'
import { RequestLifecycle } from './lifecycle.js'
import { LocalRoute } from './local-route.js'
import { PendingRequest } from './pending-request.js'
import { Placement, type PlacementParts, type PlacingHost } from './placement.js'
import { RecalledRoute } from './recalled-route.js'
import { RequestCall } from './request-call.js'
import type { Route } from './route.js'
import { traceAnswer, traceStart } from './tracing.js'

export interface RequestsParts {
  readonly host: LendingHost | PlacingHost
  readonly policy: Policy
  readonly clock: Clock
  /** The name of the cache in `Cache-Status`. */
  readonly id: string
  readonly engine: Engine
  readonly revalidations: Revalidations
  readonly reads: Reads
}

/** The bound of one cache's memory of hits. */
const MEMORY_BYTES = 16 * 1024 * 1024

/** The caller has checked the request heads; they are used as they are. */
export class Requests {
  readonly #parts: RequestsParts
  readonly #memory: Memory
  readonly #lifecycle: RequestLifecycle
  readonly #surroundings: Surroundings
  /** Present if the host can run whole requests. */
  readonly #placing: PlacementParts | undefined
  #state: 'open' | 'closing' = 'open'
  #started = 0

  constructor(parts: RequestsParts) {
    const { host, policy, clock, engine, revalidations } = parts
    this.#parts = parts
    this.#memory = new Memory({ host, clock, maxBytes: MEMORY_BYTES })
    this.#lifecycle = new RequestLifecycle({ ...parts, memory: this.#memory })
    const surroundings: Surroundings = { host, policy, engine, revalidations, invariants: checksItself() }
    const placing = 'canPlace' in host ? host : undefined
    this.#surroundings = placing ? { ...surroundings, onLost: (listener) => placing.onLost(listener) } : surroundings
    this.#placing = placing && { host: placing, engine, lifecycle: this.#lifecycle }
    placing?.drivenBy(engine)
  }

  get counts(): { readonly started: number; readonly pending: number } {
    return { started: this.#started, pending: this.#lifecycle.pending }
  }

  /** @throws ClosedError */
  checkOpen(): void {
    if (this.#state !== 'open') throw new ClosedError('the cache')
  }

  /** Whether requests can name this backend. */
  hasBackend(name: string): boolean {
    return this.#parts.host.hasBackend(name)
  }

  begin(options: RequestOptions): PendingRequest {
    this.checkOpen()
    const key = this.keyOf(options)
    const answer = key === undefined ? undefined : this.#memory.recall(key)
    if (answer === undefined) return this.beginNew(options, key)
    const call = new RequestCall(options, key)
    const respond = () => this.#lifecycle.recall(answer, call)
    return this.#pending(new RecalledRoute(options.request.url, this.#parts.engine.alwaysReady, respond), call)
  }

  /** Like `begin`, when `recall` has found nothing for `key` (see `keyOf`). */
  beginNew(options: RequestOptions, key: string | undefined): PendingRequest {
    this.checkOpen()
    const call = new RequestCall(options, key)
    return this.#pending(this.#route(call), call)
  }

  /** The key for `recall`; equal for equal requests, `undefined` for a request that needs a lookup each time. */
  keyOf(options: RequestOptions): string | undefined {
    return memoryKey(options, this.#parts.policy)
  }

  /** A remembered answer, counted as a request, without a pending to drive or edit. `undefined` if none is remembered. */
  recall(key: string, { request }: RequestOptions): WholeAnswer | undefined {
    this.checkOpen()
    const answer = this.#memory.recall(key)
    if (answer === undefined) return undefined
    this.#started++
    const trace = traceStart(request)
    if (trace) traceAnswer(trace, answer)
    const { policy, id } = this.#parts
    const head = finalizeRecalled(answer, { request, policy, id })
    return { head, body: answer.body, hits: policy.xCache ? answer.hits : undefined }
  }

  /** Refuses new requests. */
  close(): void {
    this.#state = 'closing'
  }

  /** Forgets all remembered answers. */
  forget(): void {
    this.#memory.clear()
  }

  #pending(route: Route, call: RequestCall): PendingRequest {
    const pending = PendingRequest.on(this.#parts.engine, route, call)
    this.#started++
    return pending
  }

  #route(call: RequestCall): Route {
    if (this.#placing?.host.canPlace(call.options)) return this.#placed(this.#placing, call)
    return new LocalRoute(this.#surroundings, this.#lifecycle, call)
  }

  #placed(placing: PlacementParts, call: RequestCall): Placement {
    const path = bypassesCache(call.options, this.#parts.policy) ? 'past-cache' : 'through-cache'
    if (path === 'through-cache') refuseSelfCollapse(call.options)
    return new Placement(placing, call, path)
  }
}
