/** A host call as a pending: begun at the call, ready with a value; its handles are closed, whatever becomes of the pending. */

import type { Operation } from 'effection'
import type { Host } from '../../pending/host.js'
import { type Handle, ready } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import { closeIfOpen } from '../response/open-body.js'

export interface HostCallParts<V, T> {
  readonly host: Host
  readonly engine: Engine
  readonly name: string
  /** One handle for each host call. */
  readonly handles: readonly Handle[]
  /** Takes the value of a ready handle, which closes the handle. */
  readonly take: (handle: Handle) => V
  /** Combines the values into the answer. */
  readonly finish: (values: readonly V[]) => T
}

/**
 * Runs from its construction on, driven or not. A host in this thread has answered by then, so that even an ignored pending holds
 * no handle. If the answer comes later, the event loop drives the pending.
 */
export class HostCall<V, T> extends Coroutine<T> {
  readonly #host: Host
  readonly #held: Set<Handle>

  constructor(parts: HostCallParts<V, T>) {
    super(parts.engine, () => this.#answer(parts), parts.name)
    this.#host = parts.host
    this.#held = new Set(parts.handles)
    parts.engine.attach(this)
  }

  /** Closes the handles that a cancelled or failed call still holds. */
  override ended(): void {
    for (const handle of this.#held) closeIfOpen(this.#host, handle)
    this.#held.clear()
  }

  *#answer({ handles, take, finish }: HostCallParts<V, T>): Operation<T> {
    const values: V[] = []
    for (const handle of handles) {
      yield* ready(handle)
      this.#held.delete(handle)
      values.push(take(handle))
    }
    return finish(values)
  }
}
