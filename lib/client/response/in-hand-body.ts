/** A body all of whose bytes are there: reading it waits for nobody, and nothing has to be given back. */

import { NO_TRAILERS, type Trailers } from '../../base/body.js'
import { CancelledError } from '../../base/errors.js'

export class InHandBody {
  readonly #chunks: readonly Uint8Array[]
  #at = 0
  #state: 'open' | 'read' | 'interrupted' = 'open'
  #reason: unknown
  #signal: AbortSignal | undefined

  /** The chunks are others' too: not to be changed. */
  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks
  }

  get isReady(): true {
    return true
  }

  /** Once the end was read. */
  get trailers(): Trailers | undefined {
    return this.#state === 'read' ? NO_TRAILERS : undefined
  }

  /** The next chunk, `undefined` at the end. Throws `CancelledError` once it was interrupted. */
  read(): Uint8Array | undefined {
    this.#check()
    const chunk = this.#chunks[this.#at++]
    if (chunk === undefined) this.#end('read')
    return chunk
  }

  /** All that was not read yet. Throws as `read` does. */
  readAll(): readonly Uint8Array[] {
    this.#check()
    const rest = this.#at === 0 ? this.#chunks : this.#chunks.slice(this.#at)
    this.#end('read')
    return rest
  }

  /** Once `signal` has aborted, the body is interrupted. Nobody waits here: whoever reads looks at it then, and it holds nothing. */
  endOnAbort(signal: AbortSignal): void {
    this.#signal = signal
  }

  /** Reads no further: who does gets a `CancelledError`. Harmless when repeated, and after the end. */
  interrupt(reason?: unknown): void {
    if (this.#state !== 'open') return
    this.#reason = reason
    this.#end('interrupted')
  }

  #check(): void {
    if (this.#signal?.aborted) this.interrupt(this.#signal.reason)
    if (this.#state === 'interrupted') throw new CancelledError(this.#reason)
  }

  #end(state: 'read' | 'interrupted'): void {
    this.#at = this.#chunks.length
    this.#state = state
  }
}
