/** A response's hold on its body: given back when it is read, cancelled, or forgotten. */

import type { Trailers } from '../../base/body.js'
import { BadHandleError, CancelledError } from '../../base/errors.js'
import type { Undo } from '../../base/undo.js'
import type { Host } from '../../pending/host.js'
import type { Handle } from '../../scheduler/index.js'
import { interruptOnAbort } from './on-abort.js'

/** Holds that were dropped without being released: their handles, and connections, are given back. */
const forgotten = new FinalizationRegistry<{ host: Host; handle: Handle }>(({ host, handle }) => giveBack(host, handle))

/** Nearly every body is read within a turn of the event loop; only those that are not are worth the registry's price. */
let young: OpenBody[] = []
const MOST_YOUNG = 256

export class OpenBody {
  readonly host: Host
  /** Ready when there is something to read. */
  readonly handle: Handle
  #state: 'held' | 'registered' | 'released' = 'held'
  #trailers: Trailers | undefined
  #ignoreSignal: Undo | undefined
  /** Makes what a read after the end throws, if that was not a clean one. */
  #failure: (() => unknown) | undefined

  constructor(host: Host, handle: Handle) {
    this.host = host
    this.handle = handle
    young.push(this)
    if (young.length === 1) setImmediate(sift).unref()
    else if (young.length >= MOST_YOUNG) sift()
  }

  get isReleased(): boolean {
    return this.#state === 'released'
  }

  get isReady(): boolean {
    return this.isReleased || this.host.isReady(this.handle)
  }

  /** Once the clean end was read. */
  get trailers(): Trailers | undefined {
    return this.#trailers
  }

  /** The next chunk of a ready body. At its end, whichever it is, the hold is released, and a read after that ends alike. */
  read(): Uint8Array | undefined {
    if (this.isReleased) return this.#endAgain()
    try {
      const chunk = this.host.read(this.handle)
      if (chunk !== undefined) return chunk
      this.#trailers = this.host.trailers(this.handle)
      this.#release()
      return undefined
    } catch (failure) {
      this.#failure = () => failure
      this.#release()
      throw failure
    }
  }

  /** Once `signal` aborts, the body is interrupted. */
  endOnAbort(signal: AbortSignal): void {
    if (!this.isReleased) this.#ignoreSignal = interruptOnAbort(this, signal)
  }

  /** Reads no further: who does gets a `CancelledError`. Harmless when repeated, and after the end. */
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
    giveBack(this.host, this.handle)
  }
}

/** Closes `handle`. A host that was shut down meanwhile has closed all its handles. */
export function giveBack(host: Host, handle: Handle): void {
  try {
    host.close(handle)
  } catch (failure) {
    if (!(failure instanceof BadHandleError)) throw failure
  }
}

function sift(): void {
  const batch = young
  young = []
  for (const body of batch) body.register()
}
