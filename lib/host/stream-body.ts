/** A body on its way in: a short queue between whoever the bytes come from and the one who reads them. */

import { bytesOf } from '../base/body.js'
import { ArrivingBody } from './arriving.js'

/** Chunks that wait for the reader before the source is asked to pause. */
const QUEUED_CHUNKS = 8

/** Where the bytes come from, as far as the body steers it. Neither call may throw. */
export interface BodySource {
  /** There is room again after `push` said there is none. Never called from inside `push`, `end` or `fail`. */
  resume(): void
  /** Nobody will read on: give back whatever the source holds. Called at most once, and not after `end` or `fail`. */
  abandon(): void
}

/** The source pushes, the reader reads; back pressure is the answer of `push` and the call of `resume`. */
export class StreamBody extends ArrivingBody {
  readonly #source: BodySource
  #flow: 'running' | 'paused' | 'resuming' = 'running'

  constructor(source: BodySource, length?: number) {
    super(length)
    this.#source = source
  }

  /** Takes over `chunk`. False: no room for more until `resume`; what comes all the same is kept. */
  push(chunk: Uint8Array): boolean {
    if (this.isOpen && chunk.byteLength > 0) {
      if (this.unread + 1 >= QUEUED_CHUNKS) this.#flow = 'paused'
      this.arrived(chunk)
    }
    return this.#flow === 'running'
  }

  inHand(limit: number): readonly Uint8Array[] | undefined {
    const { rest } = this
    return rest !== undefined && bytesOf(rest) <= limit ? rest : undefined
  }

  /**
   * A reader may read while some other connection's parser is at work (its listener was called from there), and undici's
   * parsers cannot be entered twice. A microtask later none is.
   */
  protected taken(): void {
    if (this.#flow !== 'paused') return
    this.#flow = 'resuming'
    queueMicrotask(() => {
      if (this.#flow !== 'resuming') return
      this.#flow = 'running'
      if (this.isOpen) this.#source.resume()
    })
  }

  protected abandoned(): void {
    this.#source.abandon()
  }
}
