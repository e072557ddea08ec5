/** The requests of one cache, and which way each takes: remembered here, run in this thread, or placed with its host. */

import type { Clock } from '../../base/clock.js'
import { ClosedError } from '../../base/errors.js'
import { checksItself } from '../../base/self-check.js'
import type { Policy } from '../../http/policy.js'
import { bypassesCache } from '../../pending/bypass.js'
import type { Surroundings } from '../../pending/context.js'
import { finalizeRecalled } from '../../pending/finalize.js'
import { type LendingHost, Memory, memoryKey } from '../../pending/memory.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Revalidations } from '../../pending/revalidations.js'
import { refuseSelfCollapse } from '../../pending/self-collapse.js'
import type { Engine } from '../../scheduler/internal.js'
import type { Reads } from '../response/reads.js'
import type { WholeAnswer } from '../writing/write-whole.js'
import { Asked } from './asked.js'
import type { Course } from './course.js'
import { LocalCourse } from './local-course.js'
import { PendingRequest } from './pending-request.js'
import { Placement, type PlacementParts, type PlacingHost } from './placement.js'
import { Reception } from './reception.js'
import { Recollection } from './recollection.js'
import { traceAnswer, traceStart } from './tracing.js'

export interface RequestsParts {
  readonly host: LendingHost | PlacingHost
  readonly policy: Policy
  readonly clock: Clock
  /** How the cache calls itself in `Cache-Status`. */
  readonly id: string
  readonly engine: Engine
  readonly revalidations: Revalidations
  readonly reads: Reads
}

/** What one thread may remember. */
const MEMORY_BYTES = 16 * 1024 * 1024

/** Heads have been checked by whoever calls, and go on as they came. */
export class Requests {
  readonly #parts: RequestsParts
  readonly #memory: Memory
  readonly #reception: Reception
  readonly #surroundings: Surroundings
  /** For a host that can run whole requests by itself. */
  readonly #placing: PlacementParts | undefined
  #state: 'open' | 'closing' = 'open'
  #started = 0

  constructor(parts: RequestsParts) {
    const { host, policy, clock, engine, revalidations } = parts
    this.#parts = parts
    this.#memory = new Memory({ host, clock, maxBytes: MEMORY_BYTES })
    this.#reception = new Reception({ ...parts, memory: this.#memory })
    const surroundings: Surroundings = { host, policy, engine, revalidations, invariants: checksItself() }
    const placing = 'canPlace' in host ? host : undefined
    this.#surroundings = placing ? { ...surroundings, onLost: (listener) => placing.onLost(listener) } : surroundings
    this.#placing = placing && { host: placing, engine, reception: this.#reception }
    placing?.drivenBy(engine)
  }

  get counts(): { readonly started: number; readonly pending: number } {
    return { started: this.#started, pending: this.#reception.pending }
  }

  /** @throws ClosedError */
  checkOpen(): void {
    if (this.#state !== 'open') throw new ClosedError('the cache')
  }

  begin(options: RequestOptions): PendingRequest {
    this.checkOpen()
    const key = this.keyOf(options)
    const answer = key === undefined ? undefined : this.#memory.recall(key)
    if (answer === undefined) return this.beginNew(options, key)
    const asked = new Asked(options, key)
    const respond = () => this.#reception.recall(answer, asked)
    return this.#pending(new Recollection(options.request.url, this.#parts.engine.alwaysReady, respond), asked)
  }

  /** As `begin`, where nothing is remembered of what `keyOf` calls `key`. */
  beginNew(options: RequestOptions, key: string | undefined): PendingRequest {
    this.checkOpen()
    const asked = new Asked(options, key)
    return this.#pending(this.#course(asked), asked)
  }

  /** What `recall` knows a request by, the same for the same; `undefined` for one that is decided anew each time. */
  keyOf(options: RequestOptions): string | undefined {
    return memoryKey(options, this.#parts.policy)
  }

  /** The answer that `begin` would come to at once, because it is remembered: a hit, with nothing left to drive or edit. */
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

  /** No new ones. */
  close(): void {
    this.#state = 'closing'
  }

  /** Nothing is remembered any more. */
  forget(): void {
    this.#memory.clear()
  }

  #pending(course: Course, asked: Asked): PendingRequest {
    const pending = PendingRequest.on(this.#parts.engine, course, asked)
    this.#started++
    return pending
  }

  #course(asked: Asked): Course {
    if (this.#placing?.host.canPlace(asked.options)) return this.#placed(this.#placing, asked)
    return new LocalCourse(this.#surroundings, this.#reception, asked)
  }

  #placed(placing: PlacementParts, asked: Asked): Placement {
    const path = bypassesCache(asked.options, this.#parts.policy) ? 'past-cache' : 'through-cache'
    if (path === 'through-cache') refuseSelfCollapse(asked.options)
    return new Placement(placing, asked, path)
  }
}
