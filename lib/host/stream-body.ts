/** A body whose source pushes chunks into a short queue, with back pressure. */

import { bytesOf } from '../base/body.js'
import { inMicrotask } from '../base/microtask.js'
import { ArrivingBody } from './arriving.js'

/** How many unread chunks make the source pause. */
const QUEUED_CHUNKS = 8

/** What a body calls on the source of its bytes. Neither call may throw. */
export interface BodySource {
  /** There is room again after `push` has returned false. Never called from inside `push`, `end` or `fail`. */
  resume(): void
  /** The reader has cancelled: the source releases what it holds. Called at most once, and not after `end` or `fail`. */
  abandon(): void
}

/** Back pressure: the source pauses when `push` returns false, and goes on when the body calls `resume`. */
export class StreamBody extends ArrivingBody {
  readonly #source: BodySource
  #flow: 'running' | 'paused' | 'resuming' = 'running'

  constructor(source: BodySource, length?: number) {
    super(length)
    this.#source = source
  }

  /** Takes over `chunk`. Returns false if the source is to pause until `resume`; a chunk that is pushed before that is kept. */
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
   * Resumes the source in a microtask. The reader may be reading inside a listener that another connection's parser has called,
   * and undici's parsers cannot be entered while one of them runs. In a microtask none of them runs.
   */
  protected taken(): void {
    if (this.#flow !== 'paused') return
    this.#flow = 'resuming'
    inMicrotask(() => {
      if (this.#flow !== 'resuming') return
      this.#flow = 'running'
      if (this.isOpen) this.#source.resume()
    })
  }

  protected abandoned(): void {
    this.#source.abandon()
  }
}
