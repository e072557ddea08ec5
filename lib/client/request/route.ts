/** The interface between a pending request and the route it takes to its answer. Types only. */

import type { Operation } from 'effection'
import type { Handle } from '../../scheduler/index.js'
import type { HttpResponse } from '../response/response.js'

/**
 * How a request gets its answer: from this thread's memory (`RecalledRoute`), by the generator in this thread (`LocalRoute`), or by
 * the generator in the host's thread (`Placement`).
 */
export interface Route {
  /** The request's name in wait graphs. */
  readonly name: string
  /** Runs the request to its answer. */
  run(): Operation<HttpResponse>
  /** Gives back what was opened at the call, for a request that is cancelled before its first step. */
  giveUp(): void
  /** The handle that the request waits for before its first step. */
  readonly firstHandle: Handle
  /** The handle of the send past the cache, while the request consists in nothing else. */
  directHandle(): Handle | undefined
  /** Whether the request goes past the cache: from the start, or because the lookup sent it there. */
  goesPastCache(): boolean
  /** Whether this thread knows that the request leads: it has sent a fetch that others may wait for. */
  leads(): boolean
  /** For a route that does not know whether it leads: if the request is given up later, a fetch that others wait for goes on. */
  keepFetchOnGiveUp?(): void
  /** Makes a closing cache wait for the request until `end`, since its caller does not. */
  detached?(end: PromiseLike<unknown>): void
  /** Throws `SelfCollapseError` if one of the request's own hooks is about to wait for the request. */
  refuseOwnHook?(): void
}
