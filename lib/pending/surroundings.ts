/** What a request is given with its options: the parts of its cache, and the code that made it. Types only. */

import type { Undo } from '../base/undo.js'
import type { ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import type { Handle } from '../scheduler/index.js'
import type { Engine } from '../scheduler/internal.js'
import type { Host } from './host.js'
import type { Revalidations } from './revalidations.js'

/** The code that made a request, where it needs to know more than the answer. */
export interface Requester {
  /** Called when the lookup sends the request past the cache (A10), before its answer or failure has arrived. */
  leftCache(): void
  /** Called for each 1xx head of the request's own fetch. A follower or a hit gets none. */
  interim(head: ResponseHead): void
  /** The entry whose hook made the request, if that hook runs in another thread; this thread cannot find it out by itself. */
  readonly madeBy?: Handle | undefined
}

/** The parts of its cache that a request uses. */
export interface Surroundings {
  readonly host: Host
  readonly policy: Policy
  readonly engine: Engine
  readonly revalidations: Revalidations
  /** Calls `listener` when the host is lost, or at once if it already is. Present where the host can end before this thread. */
  readonly onLost?: (listener: (failure: unknown) => void) => Undo
  /** Whether each request checks its own invariants (semantics 2.9). */
  readonly invariants?: boolean
}
