/** Something that the host was asked at the call, and answers with a value: its handles are given back, whatever becomes of the pending. */

import type { Operation } from 'effection'
import type { Host } from '../../pending/host.js'
import { type Handle, ready } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import { giveBack } from '../response/open-body.js'

export interface HostCallParts<V, T> {
  readonly host: Host
  readonly engine: Engine
  readonly name: string
  /** One for each thing that was asked. */
  readonly handles: readonly Handle[]
  /** The value of a ready handle, which is closed by that. */
  readonly take: (handle: Handle) => V
  /** The answer that the values are together. */
  readonly finish: (values: readonly V[]) => T
}

/**
 * It begins at the call: a host in this thread has answered by then, so that even a pending nobody looks at holds nothing. Where
 * the answer comes later, the event loop takes it, for nobody may.
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

  /** Cancelled, or failed on its way, it may hold some still. */
  override ended(): void {
    for (const handle of this.#held) giveBack(this.#host, handle)
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
