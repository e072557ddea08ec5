/** A response's hold on its body: given back when it is read, cancelled, or forgotten. */

import type { Trailers } from '../base/body.js'
import { BadHandleError } from '../base/errors.js'
import type { Host } from '../pending/host.js'
import type { Handle } from '../scheduler/index.js'

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

  /** The next chunk of a ready body. At its end, whichever it is, the hold is released. */
  read(): Uint8Array | undefined {
    try {
      const chunk = this.host.read(this.handle)
      if (chunk !== undefined) return chunk
      this.#trailers = this.host.trailers(this.handle)
      this.release()
      return undefined
    } catch (failure) {
      this.release()
      throw failure
    }
  }

  /** Reads no further. Harmless when repeated. */
  release(): void {
    if (this.#state === 'released') return
    if (this.#state === 'registered') forgotten.unregister(this)
    this.#state = 'released'
    giveBack(this.host, this.handle)
  }

  /** @internal */
  register(): void {
    if (this.#state !== 'held') return
    this.#state = 'registered'
    forgotten.register(this, { host: this.host, handle: this.handle }, this)
  }
}

/** A host that was shut down since has closed all its handles. */
function giveBack(host: Host, handle: Handle): void {
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
