/** A request that runs on a host in another thread, seen from this one, which parks on one handle until it is answered. */

import type { Operation } from 'effection'
import type { Undo } from '../../base/undo.js'
import type { Placed } from '../../bridge/guest/remote-host.js'
import type { Driving } from '../../bridge/turning.js'
import type { ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import type { Requester } from '../../pending/context.js'
import { currentOwner, type HookOwner, nearestEntry } from '../../pending/hook-calls.js'
import type { LendingHost } from '../../pending/memory.js'
import type { RequestOptions } from '../../pending/request-options.js'
import { type Handle, ready } from '../../scheduler/index.js'
import type { Engine } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import type { Asked } from './asked.js'
import type { Course } from './course.js'
import { nameOf } from './pending-request.js'
import type { Reception } from './reception.js'
import { RemoteRevalidation, type RevalidatingHost } from './remote-revalidation.js'

/** A host that can also run whole requests by itself, so that a guest waits for one handle only. */
export interface PlacingHost extends LendingHost, RevalidatingHost {
  /** Whether requests with these options may run over there: hooks may not. Throws `SendError` for an unknown backend. */
  canPlace(options: RequestOptions): boolean
  /**
   * Runs the request over there; ready when it is answered. `requester` is told when it leaves the cache, and says
   * whose hook asks.
   */
  place(options: RequestOptions, requester: Requester): Handle
  /** As `close`; but a request that leads goes on over there, for others may wait for its fetch. */
  leave(handle: Handle): void
  /** The answer of a ready placement, which is closed by this. Throws the request's failure. */
  placed(handle: Handle): Placed
  /** How it sees whether this thread goes on with what holds others up over there. */
  drivenBy(driving: Driving): void
  /** Calls `listener` when that host is gone, at once if it is. */
  onLost(listener: (failure: unknown) => void): Undo
}

export interface PlacementParts {
  readonly host: PlacingHost
  readonly engine: Engine
  readonly reception: Reception
}

/** Through the cache, past it from the start, or past it because the lookup said so. */
type Path = 'through-cache' | 'past-cache' | 'left-cache'

/**
 * What goes past the cache is sent at once, as everywhere; the rest when it is first driven. A class with one generator,
 * and no closures: thousands may be parked at a time, and there memory decides.
 */
export class Placement implements Course, Requester {
  readonly #parts: PlacementParts
  readonly #asked: Asked
  #path: Path
  #handle: Handle | undefined
  /** Whether the handle is this request's to close. */
  #hold: 'none' | 'held' | 'given back' = 'none'
  /** Whose hook asks, until that is said. */
  #owner: HookOwner | undefined = currentOwner()
  /** What becomes of a fetch that it leads, if it is given up. */
  #parting: 'close' | 'leave' = 'close'

  constructor(parts: PlacementParts, asked: Asked, path: Path) {
    this.#parts = parts
    this.#asked = asked
    this.#path = path
    if (path === 'past-cache') this.#place(asked.options)
  }

  get name(): string {
    return nameOf(this.#asked.options)
  }

  get firstHandle(): Handle {
    return this.#handle ?? this.#parts.engine.alwaysReady
  }

  directHandle(): Handle | undefined {
    return this.#path === 'through-cache' ? undefined : this.#handle
  }

  hasLeftCache(): boolean {
    return this.#path === 'left-cache'
  }

  leftCache(): void {
    this.#path = 'left-cache'
    this.#asked.onLeavingCache?.()
  }

  interim(head: ResponseHead): void {
    this.#asked.onInterim?.(head)
  }

  leads(): boolean {
    return false
  }

  leaveToOthers(): void {
    this.#parting = 'leave'
  }

  goesOnAlone(end: PromiseLike<unknown>): void {
    this.#parts.reception.goesOnAlone(end)
  }

  giveUp(): void {
    if (this.#hold !== 'held') return
    this.#hold = 'given back'
    this.#parts.host[this.#parting](this.#handle as Handle)
  }

  *run(): Operation<HttpResponse> {
    const { reception } = this.#parts
    const { options } = this.#asked
    const trace = reception.begin(this.#asked)
    try {
      if (this.#hold === 'none') this.#place(options)
      yield* ready(this.#handle as Handle)
      return reception.respond(this.#take(), this.#asked, trace)
    } catch (failure) {
      reception.refuse(failure, trace)
      throw failure
    } finally {
      this.giveUp()
      reception.end()
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
