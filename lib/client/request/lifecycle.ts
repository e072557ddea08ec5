/** The begin and the end of each request, on every route: counts and traces it, remembers its answer, makes its response. */

import type { Policy } from '../../http/policy.js'
import type { Answer } from '../../pending/answer.js'
import type { LendingHost, Memory } from '../../pending/memory.js'
import type { RecalledAnswer } from '../../pending/recalled.js'
import type { Revalidations } from '../../pending/revalidations.js'
import { SharedHeads } from '../../pending/shared-heads.js'
import type { Engine } from '../../scheduler/internal.js'
import type { Reads } from '../response/reads.js'
import { HttpResponse } from '../response/response.js'
import type { RequestCall } from './request-call.js'
import { traceAnswer, traceStart } from './tracing.js'

export interface LifecycleParts {
  readonly host: LendingHost
  readonly policy: Policy
  readonly engine: Engine
  readonly revalidations: Revalidations
  readonly memory: Memory
  readonly reads: Reads
  /** The name of the cache in `Cache-Status`. */
  readonly id: string
}

export class RequestLifecycle {
  readonly #parts: LifecycleParts
  readonly #heads: SharedHeads
  #pending = 0

  constructor(parts: LifecycleParts) {
    this.#parts = parts
    this.#heads = new SharedHeads(parts)
  }

  /** The number of requests that have begun to run and have not ended. */
  get pending(): number {
    return this.#pending
  }

  /** Called at a request's first step. `end` follows in any case. */
  begin(call: RequestCall): void {
    this.#pending++
    call.trace = traceStart(call.options.request)
  }

  /** The response for the caller. Remembers the answer if it may be. From now on an edit of the head throws. */
  respond(answer: Answer, call: RequestCall): HttpResponse {
    if (call.trace) traceAnswer(call.trace, answer)
    call.trace = undefined
    if (call.key !== undefined) this.#parts.memory.keep(call.key, answer)
    return this.#response(answer, call)
  }

  end(): void {
    this.#pending--
  }

  /** Makes a closing cache wait for a request until `end`, since its caller does not. */
  detached(end: PromiseLike<unknown>): void {
    this.#parts.revalidations.adopt(end)
  }

  /** The response for a remembered answer, whose request begins and ends in this one step. */
  recall(answer: RecalledAnswer, call: RequestCall): HttpResponse {
    const trace = traceStart(call.options.request)
    if (trace) traceAnswer(trace, answer)
    return this.#response(answer, call)
  }

  #response(answer: Answer | RecalledAnswer, { options, ops }: RequestCall): HttpResponse {
    const { host, engine, reads } = this.#parts
    const { request, backend } = options
    ops.seal()
    const head = () => this.#heads.finalize(answer, request, ops)
    return HttpResponse.of({ head, answer, request, backend, host, engine, reads })
  }
}
