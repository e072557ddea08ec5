/** The background fetch behind a stale answer, where that runs on a host in another thread: ended here, it ends there. */

import type { Operation } from 'effection'
import { type Handle, ready } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'

/** A host with background fetches, each known here by a handle that is ready when it has ended. */
export interface RevalidatingHost {
  /** Closes the handle of one that has ended. Throws what it failed with. */
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

  /** Of a cache that closes, the fetch goes on: it is the host's by then, and others may wait for it. */
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
