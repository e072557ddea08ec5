/** The route of a request whose generator runs in the host's thread: this thread parks on one handle until the answer is there. */

import type { Operation } from 'effection'
import type { Undo } from '../../base/undo.js'
import type { Placed } from '../../bridge/guest/remote-host.js'
import type { Driving } from '../../bridge/turning.js'
import type { ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { currentOwner, type HookOwner, nearestEntry } from '../../pending/hook-calls.js'
import type { LendingHost } from '../../pending/memory.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Requester } from '../../pending/surroundings.js'
import { type Handle, ready } from '../../scheduler/index.js'
import type { Engine } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import type { RequestLifecycle } from './lifecycle.js'
import { nameOf } from './pending-request.js'
import { RemoteRevalidation, type RevalidatingHost } from './remote-revalidation.js'
import type { RequestCall } from './request-call.js'
import type { Route } from './route.js'

/** A host in another thread that can also run whole requests, so that a guest waits for one handle only. */
export interface PlacingHost extends LendingHost, RevalidatingHost {
  /** Whether a request with these options may run in the host's thread: not with hooks. Unknown backend: throws `SendError`. */
  canPlace(options: RequestOptions): boolean
  /**
   * Runs the request in the host's thread. Ready when the request is answered. `requester` is told of interim heads and when the
   * request leaves the cache, and says which entry's hook made the request.
   */
  place(options: RequestOptions, requester: Requester): Handle
  /** Like `close`, but if the request leads, it goes on in the host's thread, because others may wait for its fetch. */
  leave(handle: Handle): void
  /** Takes the answer of a ready placement, and closes the placement. Throws the request's failure. */
  placed(handle: Handle): Placed
  /** Tells the host how to see whether this thread still drives the leaders that other threads wait for. */
  drivenBy(driving: Driving): void
  /** Calls `listener` when the host is lost, or at once if it already is. */
  onLost(listener: (failure: unknown) => void): Undo
}

export interface PlacementParts {
  readonly host: PlacingHost
  readonly engine: Engine
  readonly lifecycle: RequestLifecycle
}

/** Through the cache, or past it: from the start, or because the lookup sent the request there. */
type Path = 'through-cache' | 'past-cache'

/**
 * A request past the cache is placed at the call, as with every route; any other when it is first driven. A class with one
 * generator and no closures, to save memory: thousands may be parked at a time.
 */
export class Placement implements Route, Requester {
  readonly #parts: PlacementParts
  readonly #call: RequestCall
  #path: Path
  #handle: Handle | undefined
  /** Whether this request has to close the handle. */
  #hold: 'none' | 'held' | 'given back' = 'none'
  /** The owner of the hook that made this request, until the request is placed. */
  #owner: HookOwner | undefined = currentOwner()
  /** The host call for giving up: `close` also ends a fetch that the request leads, `leave` does not. */
  #onGiveUp: 'close' | 'leave' = 'close'

  constructor(parts: PlacementParts, call: RequestCall, path: Path) {
    this.#parts = parts
    this.#call = call
    this.#path = path
    if (path === 'past-cache') this.#place(call.options)
  }

  get name(): string {
    return nameOf(this.#call.options)
  }

  get firstHandle(): Handle {
    return this.#handle ?? this.#parts.engine.alwaysReady
  }

  directHandle(): Handle | undefined {
    return this.#path === 'through-cache' ? undefined : this.#handle
  }

  goesPastCache(): boolean {
    return this.#path === 'past-cache'
  }

  leftCache(): void {
    this.#path = 'past-cache'
    this.#call.leftCache()
  }

  interim(head: ResponseHead): void {
    this.#call.interim(head)
  }

  leads(): boolean {
    return false
  }

  keepFetchOnGiveUp(): void {
    this.#onGiveUp = 'leave'
  }

  detached(end: PromiseLike<unknown>): void {
    this.#parts.lifecycle.detached(end)
  }

  giveUp(): void {
    if (this.#hold !== 'held') return
    this.#hold = 'given back'
    this.#parts.host[this.#onGiveUp](this.#handle as Handle)
  }

  *run(): Operation<HttpResponse> {
    const { lifecycle } = this.#parts
    const { options } = this.#call
    lifecycle.begin(this.#call)
    try {
      if (this.#hold === 'none') this.#place(options)
      yield* ready(this.#handle as Handle)
      return lifecycle.respond(this.#take(), this.#call)
    } finally {
      this.giveUp()
      lifecycle.end()
    }
  }

  get madeBy(): Handle | undefined {
    return nearestEntry(this.#owner, this.#parts.host)
  }

  #place(options: RequestOptions): void {
    this.#handle = this.#parts.host.place(options, this)
    this.#hold = 'held'
    this.#owner = undefined
  }

  #take(): Answer {
    const { host, engine } = this.#parts
    this.#hold = 'given back'
    const { answer, revalidated } = host.placed(this.#handle as Handle)
    if (revalidated === undefined) return answer
    return { ...answer, revalidation: new RemoteRevalidation(engine, host, revalidated) }
  }
}
