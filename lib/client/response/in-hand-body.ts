/** A body whose bytes are all in memory: reading it never waits, and it holds no handle. */

import { NO_TRAILERS, type Trailers } from '../../base/body.js'
import { CancelledError } from '../../base/errors.js'

export class InHandBody {
  readonly #chunks: readonly Uint8Array[]
  #at = 0
  #state: 'open' | 'read' | 'interrupted' = 'open'
  #reason: unknown
  #signal: AbortSignal | undefined

  /** The chunks are shared with other readers, and must not be changed. */
  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks
  }

  get isReady(): true {
    return true
  }

  /** Present once the end was read. */
  get trailers(): Trailers | undefined {
    return this.#state === 'read' ? NO_TRAILERS : undefined
  }

  /** The next chunk, or `undefined` at the end. Throws `CancelledError` once the body was interrupted. */
  read(): Uint8Array | undefined {
    this.#check()
    const chunk = this.#chunks[this.#at++]
    if (chunk === undefined) this.#end('read')
    return chunk
  }

  /** All unread chunks. Throws as `read` does. */
  readAll(): readonly Uint8Array[] {
    this.#check()
    const rest = this.#at === 0 ? this.#chunks : this.#chunks.slice(this.#at)
    this.#end('read')
    return rest
  }

  /** Interrupts the body once `signal` has aborted. Needs no listener: no reader waits here, so each read checks the signal. */
  endOnAbort(signal: AbortSignal): void {
    this.#signal = signal
  }

  /** From now on a read throws a `CancelledError`. Does nothing after the end, or when repeated. */
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
