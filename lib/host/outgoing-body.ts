/** A request body that is read as it is sent: once, and left where nobody sends it any more. */

import { InvalidArgumentError } from '../base/errors.js'
import { isUint8Array } from '../base/realms.js'
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

/** As a connection reads it. Its own failure is told apart from one of the connection. */
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
      if (!isUint8Array(value)) throw new InvalidArgumentError('a request body yields Uint8Arrays')
      return { done: false, value }
    } catch (cause) {
      this.leave()
      const { label: backend, request } = this.#parts
      throw new SendError('IoError', { backend, request, cause })
    }
  }

  async return(): Promise<Result> {
    this.leave()
    return DONE
  }

  /**
   * Nobody sends more of it. A connection that waits for the next bytes does not say so before they come, and they may never
   * come. What the source has to say to that is of no use to anybody.
   */
  leave(): void {
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
