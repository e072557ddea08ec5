/** A streaming request body: read once, as fast as the connection sends it, and abandoned when nothing more of it is sent. */

import { checkChunk } from '../base/chunk.js'
import type { RequestHead } from '../http/message.js'
import { SendError } from '../pending/send-error.js'

export interface OutgoingBodyParts {
  readonly source: AsyncIterable<Uint8Array>
  /** What errors call the backend. */
  readonly label: string
  readonly request: RequestHead
}

type Result = IteratorResult<Uint8Array, undefined>

const DONE: Result = { done: true, value: undefined }

/** The iterable that the connection reads. A failure of the source becomes a `SendError`, unlike a failure of the connection. */
export class OutgoingBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #parts: OutgoingBodyParts
  #chunks: AsyncIterator<Uint8Array> | undefined
  #state: 'open' | 'over' = 'open'

  constructor(parts: OutgoingBodyParts) {
    this.#parts = parts
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Result> {
    if (this.#state === 'over') return DONE
    try {
      this.#chunks ??= this.#parts.source[Symbol.asyncIterator]()
      const { done, value } = await this.#chunks.next()
      if (done) return this.#ended()
      checkChunk('a request body', value)
      return { done: false, value }
    } catch (cause) {
      this.abandon()
      const { label: backend, request } = this.#parts
      throw new SendError('IoError', { backend, request, cause })
    }
  }

  async return(): Promise<Result> {
    this.abandon()
    return DONE
  }

  /**
   * Nothing more of the body is sent: closes the source. The connection cannot be relied on for that, because while it waits for
   * the next chunk it does not call `return`, and that chunk may never come. A failure of closing is ignored.
   */
  abandon(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    void this.#return().catch(() => {})
  }

  async #return(): Promise<void> {
    await (this.#chunks ?? this.#parts.source[Symbol.asyncIterator]()).return?.()
  }

  #ended(): Result {
    this.#state = 'over'
    return DONE
  }
}
