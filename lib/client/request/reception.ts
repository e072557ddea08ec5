/** What a cache does where a request begins and where it ends, whichever way it takes in between. */

import type { Policy } from '../../http/policy.js'
import type { Answer } from '../../pending/answer.js'
import type { LendingHost, Memory } from '../../pending/memory.js'
import type { RecalledAnswer } from '../../pending/recalled.js'
import type { Revalidations } from '../../pending/revalidations.js'
import { SharedHeads } from '../../pending/shared-heads.js'
import type { Engine } from '../../scheduler/internal.js'
import type { Reads } from '../response/reads.js'
import { HttpResponse } from '../response/response.js'
import type { Asked } from './asked.js'
import { type RequestTrace, traceAnswer, traceFailure, traceStart } from './tracing.js'

export interface ReceptionParts {
  readonly host: LendingHost
  readonly policy: Policy
  readonly engine: Engine
  readonly revalidations: Revalidations
  readonly memory: Memory
  readonly reads: Reads
  /** How the cache calls itself in `Cache-Status`. */
  readonly id: string
}

export class Reception {
  readonly #parts: ReceptionParts
  readonly #heads: SharedHeads
  #pending = 0

  constructor(parts: ReceptionParts) {
    this.#parts = parts
    this.#heads = new SharedHeads(parts)
  }

  /** Requests that have begun to move, and have not ended. */
  get pending(): number {
    return this.#pending
  }

  /** The request moves. Whatever becomes of it, `end` follows. */
  begin({ options }: Asked): RequestTrace | undefined {
    this.#pending++
    return traceStart(options.request)
  }

  /** Its answer, as its caller will hold it. No edit of the head is taken any more. */
  respond(answer: Answer, asked: Asked, trace: RequestTrace | undefined): HttpResponse {
    if (trace) traceAnswer(trace, answer)
    if (asked.key !== undefined) this.#parts.memory.keep(asked.key, answer)
    return this.#response(answer, asked)
  }

  refuse(failure: unknown, trace: RequestTrace | undefined): void {
    if (trace) traceFailure(trace, failure)
  }

  end(): void {
    this.#pending--
  }

  /** A request goes on until `end`, and nobody waits for it but a cache that closes. */
  goesOnAlone(end: PromiseLike<unknown>): void {
    this.#parts.revalidations.adopt(end)
  }

  /** A remembered answer: the request began and ended in one. */
  recall(answer: RecalledAnswer, asked: Asked): HttpResponse {
    const trace = traceStart(asked.options.request)
    if (trace) traceAnswer(trace, answer)
    return this.#response(answer, asked)
  }

  #response(answer: Answer | RecalledAnswer, { options, ops }: Asked): HttpResponse {
    const { host, engine, reads } = this.#parts
    const { request, backend } = options
    ops.seal()
    const head = () => this.#heads.finalize(answer, request, ops)
    return HttpResponse.of({ head, answer, request, backend, host, engine, reads })
  }
}
