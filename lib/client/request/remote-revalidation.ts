/** A background fetch that runs in the host's thread, as a pending in this thread; cancelling the pending ends the fetch. */

import type { Operation } from 'effection'
import { type Handle, ready } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'

/** A host that runs background fetches, each with a handle that is ready when the fetch has ended. */
export interface RevalidatingHost {
  /** Closes the handle of a fetch that has ended. Throws the failure of the fetch. */
  revalidated(handle: Handle): void
  /** Closes the handle, and ends the fetch. */
  endRevalidation(handle: Handle): void
  close(handle: Handle): void
}

export class RemoteRevalidation extends Coroutine<void> {
  /** @internal */
  declare readonly engine: Engine

  readonly #host: RevalidatingHost
  readonly #handle: Handle

  constructor(engine: Engine, host: RevalidatingHost, handle: Handle) {
    super(engine, () => revalidation(host, handle))
    this.#host = host
    this.#handle = handle
  }

  /** Ends the fetch if the pending was cancelled, but not by the close of its cache: others may wait for the fetch. */
  override ended(): void {
    if (this.state !== 'cancelled') return
    if (this.engine.isOpen) this.#host.endRevalidation(this.#handle)
    else this.#host.close(this.#handle)
  }
}

function* revalidation(host: RevalidatingHost, handle: Handle): Operation<void> {
  yield* ready(handle)
  host.revalidated(handle)
}
