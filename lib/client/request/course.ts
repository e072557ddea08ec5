/** What a pending request asks of the way it takes. Types only. */

import type { Operation } from 'effection'
import type { Handle } from '../../scheduler/index.js'
import type { HttpResponse } from '../response/response.js'

/** The way a request takes, wherever it runs. */
export interface Course {
  /** What it asks for, for wait graphs. */
  readonly name: string
  /** From here to the answer. */
  run(): Operation<HttpResponse>
  /** Gives back what was taken at the call, for a request that is cancelled before it has moved. */
  giveUp(): void
  /** What it waits for before it has moved. */
  readonly firstHandle: Handle
  /** The send past the cache it consists in, while that is all it is. */
  directHandle(): Handle | undefined
  /** Whether it found, on its way, that it has to go past the cache. */
  hasLeftCache(): boolean
  /** Whether it has sent a fetch on behalf of others too, as far as is known here. */
  leads(): boolean
  /** Where that is not known here: a fetch that others wait for is left to them from now on, if this one is given up. */
  leaveToOthers?(): void
  /** Nobody waits for it any more but a cache that closes, until `end`. */
  goesOnAlone?(end: PromiseLike<unknown>): void
  /** Throws where one of its own hooks is about to wait for it. */
  refuseOwnHook?(): void
}
