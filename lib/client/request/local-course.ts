/** The course of a request whose generator runs in this thread, over a host here or elsewhere. */

import type { Operation } from 'effection'
import type { ResponseHead } from '../../http/message.js'
import { begin } from '../../pending/begin.js'
import type { RequestContext, Requester, Surroundings } from '../../pending/context.js'
import { pendingRequest } from '../../pending/request.js'
import { refuseOwnHook } from '../../pending/self-collapse.js'
import type { Handle } from '../../scheduler/index.js'
import type { HttpResponse } from '../response/response.js'
import type { Asked } from './asked.js'
import type { Course } from './course.js'
import { nameOf } from './pending-request.js'
import type { Reception } from './reception.js'

/** A class with one generator, and no closures: as for `Placement`, thousands may be parked at a time. */
export class LocalCourse implements Course, Requester {
  readonly #context: RequestContext
  readonly #asked: Asked
  readonly #reception: Reception

  /** Takes the first step: a lookup, or a send past the cache. Throws what that throws. */
  constructor(surroundings: Surroundings, reception: Reception, asked: Asked) {
    this.#asked = asked
    this.#context = begin(surroundings, asked.options, this)
    this.#reception = reception
  }

  get name(): string {
    return nameOf(this.#asked.options)
  }

  get firstHandle(): Handle {
    const { entry, send, surroundings } = this.#context
    return entry ?? send ?? surroundings.engine.alwaysReady
  }

  directHandle(): Handle | undefined {
    return this.#context.phase === 'direct' ? this.#context.send : undefined
  }

  hasLeftCache(): boolean {
    return this.#context.hasLeftCache
  }

  leftCache(): void {
    this.#asked.onLeavingCache?.()
  }

  interim(head: ResponseHead): void {
    this.#asked.onInterim?.(head)
  }

  leads(): boolean {
    return this.#context.leads
  }

  goesOnAlone(end: PromiseLike<unknown>): void {
    this.#reception.goesOnAlone(end)
  }

  refuseOwnHook(): void {
    refuseOwnHook(this.#context, this.#asked.options.request)
  }

  giveUp(): void {
    this.#context.end()
  }

  *run(): Operation<HttpResponse> {
    const trace = this.#reception.begin(this.#asked)
    try {
      return this.#reception.respond(yield* pendingRequest(this.#context), this.#asked, trace)
    } catch (failure) {
      this.#reception.refuse(failure, trace)
      throw failure
    } finally {
      this.#reception.end()
    }
  }
}
