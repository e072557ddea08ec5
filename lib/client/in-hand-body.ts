/** A body all of whose bytes are there: reading it waits for nobody, and nothing has to be given back. */

import type { Trailers } from '../base/body.js'

const NO_TRAILERS: Trailers = []

export class InHandBody {
  readonly #chunks: readonly Uint8Array[]
  #at = 0

  /** The chunks are others' too: not to be changed. */
  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks
  }

  /** Once the end was read. */
  get trailers(): Trailers | undefined {
    return this.#at > this.#chunks.length ? NO_TRAILERS : undefined
  }

  read(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#at]
    if (this.#at <= this.#chunks.length) this.#at += 1
    return chunk
  }

  /** All that was not read yet. */
  rest(): readonly Uint8Array[] {
    const rest = this.#at === 0 ? this.#chunks : this.#chunks.slice(this.#at)
    this.#at = this.#chunks.length + 1
    return rest
  }

  /** Reads no further. */
  release(): void {
    this.#at = Math.max(this.#at, this.#chunks.length)
  }
}
