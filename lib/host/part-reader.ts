/** Reads a byte range of a body that is not in the store: drops the bytes before the range, and cancels the body after it. */

import { type BodyReader, type ByteRange, NO_TRAILERS, type Trailers } from '../base/body.js'
import { nothingToUndo, type Undo } from '../base/undo.js'

export class PartReader implements BodyReader {
  readonly #whole: BodyReader
  readonly #start: number
  readonly #end: number
  /** How many bytes of the whole body were read. */
  #at = 0
  /** A chunk of the range that was read from the whole body, and is not given out yet. */
  #next: Uint8Array | undefined
  #state: 'reading' | 'ended' | 'broken' = 'reading'
  #failure: unknown
  #trailers: Trailers | undefined

  constructor(whole: BodyReader, { start, end }: ByteRange) {
    this.#whole = whole
    this.#start = start
    this.#end = end ?? Number.POSITIVE_INFINITY
  }

  get length(): number | undefined {
    const { length } = this.#whole
    return length === undefined ? undefined : Math.min(this.#end, length) - this.#start
  }

  /** Reads on in the whole body as far as that is ready: bytes before the range are dropped, and do not make this reader ready. */
  get ready(): boolean {
    while (this.#needsMore && this.#whole.ready) this.#advance()
    return !this.#needsMore
  }

  inHand(): undefined {
    return undefined
  }

  read(): Uint8Array | undefined {
    if (!this.ready) return this.#whole.read()
    const chunk = this.#next
    this.#next = undefined
    if (chunk !== undefined) return chunk
    if (this.#state === 'broken') throw this.#failure
    this.#trailers = NO_TRAILERS
    return undefined
  }

  onReady(listener: () => void): Undo {
    let undo = nothingToUndo
    const check = () => {
      if (this.ready) listener()
      else undo = this.#whole.onReady(check)
    }
    check()
    return () => undo()
  }

  trailers(): Trailers | undefined {
    return this.#trailers
  }

  cancel(): void {
    this.#whole.cancel()
  }

  /** Whether neither a chunk of the range nor its end is there yet. */
  get #needsMore(): boolean {
    return this.#next === undefined && this.#state === 'reading'
  }

  #advance(): void {
    try {
      const chunk = this.#whole.read()
      if (chunk === undefined) {
        this.#state = 'ended'
        return
      }
      const wanted = chunk.subarray(Math.max(0, this.#start - this.#at), this.#end - this.#at)
      this.#at += chunk.byteLength
      if (wanted.byteLength > 0) this.#next = wanted
      if (this.#at < this.#end) return
      this.#state = 'ended'
      this.#whole.cancel()
    } catch (failure) {
      this.#state = 'broken'
      this.#failure = failure
    }
  }
}
