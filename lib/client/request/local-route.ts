/** The route of a request whose generator runs in this thread, with a host in this thread or in another. */

import type { Operation } from 'effection'
import type { ResponseHead } from '../../http/message.js'
import { begin } from '../../pending/begin.js'
import type { RequestContext } from '../../pending/context.js'
import { pendingRequest } from '../../pending/request.js'
import { refuseOwnHook } from '../../pending/self-collapse.js'
import type { Requester, Surroundings } from '../../pending/surroundings.js'
import type { Handle } from '../../scheduler/index.js'
import type { HttpResponse } from '../response/response.js'
import type { RequestLifecycle } from './lifecycle.js'
import { nameOf } from './pending-request.js'
import type { RequestCall } from './request-call.js'
import type { Route } from './route.js'

/** A class with one generator and no closures, to save memory: as with `Placement`, thousands may be parked at a time. */
export class LocalRoute implements Route, Requester {
  readonly #context: RequestContext
  readonly #call: RequestCall
  readonly #lifecycle: RequestLifecycle

  /** Takes the request's first step: a lookup, or a send past the cache. Throws what that step throws. */
  constructor(surroundings: Surroundings, lifecycle: RequestLifecycle, call: RequestCall) {
    this.#call = call
    this.#context = begin(surroundings, call.options, this)
    this.#lifecycle = lifecycle
  }

  get name(): string {
    return nameOf(this.#call.options)
  }

  get firstHandle(): Handle {
    const { entry, send, surroundings } = this.#context
    return entry ?? send ?? surroundings.engine.alwaysReady
  }

  directHandle(): Handle | undefined {
    return this.#context.phase === 'direct' ? this.#context.send : undefined
  }

  goesPastCache(): boolean {
    return this.#context.goesPastCache
  }

  leftCache(): void {
    this.#call.leftCache()
  }

  interim(head: ResponseHead): void {
    this.#call.interim(head)
  }

  leads(): boolean {
    return this.#context.leads
  }

  detached(end: PromiseLike<unknown>): void {
    this.#lifecycle.detached(end)
  }

  refuseOwnHook(): void {
    refuseOwnHook(this.#context, this.#call.options.request)
  }

  giveUp(): void {
    this.#context.end()
  }

  *run(): Operation<HttpResponse> {
    this.#lifecycle.begin(this.#call)
    try {
      return this.#lifecycle.respond(yield* pendingRequest(this.#context), this.#call)
    } finally {
      this.#lifecycle.end()
    }
  }
}
