/** A response's hold on the host's handle of its body: released when the body is read, cancelled, or garbage collected. */

import type { Trailers } from '../../base/body.js'
import { BadHandleError, CancelledError } from '../../base/errors.js'
import type { Undo } from '../../base/undo.js'
import type { Host } from '../../pending/host.js'
import type { Handle } from '../../scheduler/index.js'
import { interruptOnAbort } from './on-abort.js'

/** Closes the handle, and so the connection, of a body that was collected without being released. */
const forgotten = new FinalizationRegistry<{ host: Host; handle: Handle }>(({ host, handle }) =>
  closeIfOpen(host, handle),
)

/** New bodies. Most are read within a turn of the event loop, so only those that are not are registered, which is costly. */
let unregistered: OpenBody[] = []
const MOST_UNREGISTERED = 256

export class OpenBody {
  readonly host: Host
  /** Ready when a read will not wait. */
  readonly handle: Handle
  #state: 'held' | 'registered' | 'released' = 'held'
  #trailers: Trailers | undefined
  #ignoreSignal: Undo | undefined
  /** Makes the error that a read throws after an end that was not clean. */
  #failure: (() => unknown) | undefined

  /** `told` makes of a failure of the body what its reader is told. */
  constructor(
    host: Host,
    handle: Handle,
    private readonly told?: (failure: unknown) => unknown,
  ) {
    this.host = host
    this.handle = handle
    unregistered.push(this)
    if (unregistered.length === 1) setImmediate(registerAll).unref()
    else if (unregistered.length >= MOST_UNREGISTERED) registerAll()
  }

  get isReleased(): boolean {
    return this.#state === 'released'
  }

  get isReady(): boolean {
    return this.isReleased || this.host.isReady(this.handle)
  }

  /** Present once the clean end was read. */
  get trailers(): Trailers | undefined {
    return this.#trailers
  }

  /** The next chunk of a ready body. Any end, clean or not, releases the handle, and a later read ends the same way. */
  read(): Uint8Array | undefined {
    if (this.isReleased) return this.#endAgain()
    try {
      const chunk = this.host.read(this.handle)
      if (chunk !== undefined) return chunk
      this.#trailers = this.host.trailers(this.handle)
      this.#release()
      return undefined
    } catch (thrown) {
      const failure = this.told?.(thrown) ?? thrown
      this.#failure = () => failure
      this.#release()
      throw failure
    }
  }

  /** Interrupts the body once `signal` aborts. */
  endOnAbort(signal: AbortSignal): void {
    if (!this.isReleased) this.#ignoreSignal = interruptOnAbort(this, signal)
  }

  /** Releases the handle: from now on a read throws a `CancelledError`. Does nothing after the end, or when repeated. */
  interrupt(reason?: unknown): void {
    if (this.isReleased) return
    this.#failure = () => new CancelledError(reason)
    this.#release()
  }

  /** @internal */
  register(): void {
    if (this.#state !== 'held') return
    this.#state = 'registered'
    forgotten.register(this, { host: this.host, handle: this.handle }, this)
  }

  #endAgain(): undefined {
    if (this.#failure !== undefined) throw this.#failure()
  }

  #release(): void {
    if (this.#state === 'registered') forgotten.unregister(this)
    this.#state = 'released'
    this.#ignoreSignal?.()
    closeIfOpen(this.host, this.handle)
  }
}

/** Closes `handle`, unless the host was shut down meanwhile, which closes all handles. */
export function closeIfOpen(host: Host, handle: Handle): void {
  try {
    host.close(handle)
  } catch (failure) {
    if (!(failure instanceof BadHandleError)) throw failure
  }
}

function registerAll(): void {
  const batch = unregistered
  unregistered = []
  for (const body of batch) body.register()
}
