/** A reader of a body whose bytes all came with one message. */

import { atOnce } from '../../base/announcer.js'
import { type BodyReader, NO_TRAILERS, type Trailers } from '../../base/body.js'
import { CancelledError } from '../../base/errors.js'
import type { Undo } from '../../base/undo.js'
import { EMPTY } from '../../host/empty-body.js'
import { StoredBody } from '../../store/body.js'

/** Nothing may write to `chunks`: their memory can be shared with other readers and threads. */
export function inlineBody(chunks: readonly Uint8Array[]): BodyReader {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only.byteLength === 0 ? EMPTY : new OneChunk(only)
  const body = new StoredBody()
  for (const chunk of chunks) body.writer.write(chunk)
  body.writer.finish()
  return body.reader()
}

const NOTHING: readonly Uint8Array[] = []

/** Nearly all inline bodies have one chunk: this reader of one does without a `StoredBody`. */
class OneChunk implements BodyReader {
  readonly ready = true
  readonly #chunk: Uint8Array
  #state: 'unread' | 'read' | 'ended' | 'cancelled' = 'unread'

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk
  }

  get length(): number {
    return this.#chunk.byteLength
  }

  inHand(limit: number): readonly Uint8Array[] | undefined {
    if (this.#state !== 'unread') return NOTHING
    return this.length > limit ? undefined : [this.#chunk]
  }

  read(): Uint8Array | undefined {
    if (this.#state === 'cancelled') throw new CancelledError()
    const isFirst = this.#state === 'unread'
    this.#state = isFirst ? 'read' : 'ended'
    return isFirst ? this.#chunk : undefined
  }

  onReady(listener: () => void): Undo {
    return atOnce(listener)
  }

  trailers(): Trailers | undefined {
    return this.#state === 'ended' ? NO_TRAILERS : undefined
  }

  cancel(): void {
    this.#state = 'cancelled'
  }
}
