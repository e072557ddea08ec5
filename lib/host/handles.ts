/** The handle table of a host: the resource behind each handle, its readiness, and the watchers told of that. */

import { systemClock } from '../base/clock.js'
import { BadHandleError, InvalidArgumentError } from '../base/errors.js'
import { sleepThread } from '../base/thread.js'
import type { Undo } from '../base/undo.js'
import { type Handle, lowestReady, type Reaction, type Readiness, WouldDeadlockError } from '../scheduler/index.js'
import { FreeNumbers } from './free-numbers.js'
import type { Listener, Resource } from './resource.js'

/** More handles than this are a leak. The handles that a scheduler makes itself have numbers far above this. */
const HANDLE_LIMIT = 0x4000_0000

/** A table of resources that is a source of readiness. It listens to a resource once `isReady` has found that not ready. */
export class HandleTable implements Readiness, Listener {
  readonly #resources: (Resource | undefined)[] = []
  readonly #free = new FreeNumbers()
  readonly #watchers: ((handle: Handle) => void)[] = []

  get size(): number {
    return this.#resources.length - this.#free.size
  }

  open(resource: Resource): Handle {
    const handle = this.#free.take() ?? this.#resources.length
    if (handle >= HANDLE_LIMIT) throw new InvalidArgumentError('out of handles')
    this.#resources[handle] = resource
    return handle
  }

  /** The resource behind `handle`. The caller knows the class of that kind. Throws `BadHandleError` if there is none of that kind. */
  get<R extends Resource>(handle: Handle, kind: R['kind']): R {
    const resource = this.#resources[handle]
    if (resource?.kind !== kind)
      throw new BadHandleError(handle, resource === undefined ? undefined : `a ${resource.kind}, not a ${kind}`)
    return resource as R
  }

  /** Closes `handle` without releasing its resource. If something waits for the handle, it is woken, and then finds it closed. */
  remove(handle: Handle): Resource {
    const resource = this.#resources[handle]
    if (resource === undefined) throw new BadHandleError(handle)
    this.#resources[handle] = undefined
    this.#free.give(handle)
    if (resource.unlisten()) this.becameReady(handle)
    return resource
  }

  isReady(handle: Handle): boolean {
    const resource = this.#resources[handle]
    if (resource === undefined) throw new BadHandleError(handle)
    if (resource.ready) return true
    resource.listen(this, handle)
    // Listening can make it ready: a body that is written only on demand may get its next bytes at once.
    return resource.ready
  }

  select(handles: readonly Handle[], timeoutMs?: number): number {
    return this.selectBlocking(handles, timeoutMs, (left) => {
      if (left === undefined) throw new WouldDeadlockError('a host that does its work on this thread')
      sleepThread(left)
    })
  }

  /** As `select`. `block` passes time, during which handles may become ready. */
  selectBlocking(
    handles: readonly Handle[],
    timeoutMs: number | undefined,
    block: (leftMs: number | undefined) => void,
  ): number {
    if (handles.length === 0 && !timeoutMs) throw new InvalidArgumentError('select of no handles needs a timeout')
    const deadline = timeoutMs === undefined ? undefined : systemClock.now() + timeoutMs
    for (;;) {
      const index = lowestReady(this, handles)
      if (index >= 0) return index
      const left = deadline === undefined ? undefined : deadline - systemClock.now()
      if (left !== undefined && left <= 0) return -1
      block(left)
    }
  }

  /** Never blocks: the work behind these handles needs this thread's event loop, so blocking the thread makes nothing ready. */
  react(timeoutMs?: number): Reaction {
    return timeoutMs === 0 ? 'timeout' : 'never'
  }

  watch(listener: (handle: Handle) => void): Undo {
    this.#watchers.push(listener)
    return () => {
      const at = this.#watchers.indexOf(listener)
      if (at >= 0) this.#watchers.splice(at, 1)
    }
  }

  /** Called by a resource, and when a handle is closed that something waits for. */
  becameReady(handle: Handle): void {
    for (const watcher of this.#watchers.slice()) watcher(handle)
  }

  describe(handle: Handle): string {
    return this.#resources[handle]?.describe() ?? `handle ${handle}, which is closed`
  }

  /** Releases everything. */
  closeAll(): void {
    for (let handle = 0; handle < this.#resources.length; handle++) {
      if (this.#resources[handle] !== undefined) this.remove(handle).release()
    }
  }
}
