/** A part of a body that is not in the store, read straight through: nothing waits in between, and nothing is read after it. */

import { type BodyReader, type ByteRange, NO_TRAILERS, type Trailers } from '../base/body.js'
import { nothingToUndo, type Undo } from '../base/undo.js'

export class PartReader implements BodyReader {
  readonly #whole: BodyReader
  readonly #start: number
  readonly #end: number
  /** How far the whole was read. */
  #at = 0
  /** Read, and not yet asked for. */
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

  /** Bytes before the part are no reason to be ready, and are dropped as they come. */
  get ready(): boolean {
    while (this.#isBehind && this.#whole.ready) this.#advance()
    return !this.#isBehind
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
    const look = () => {
      if (this.ready) listener()
      else undo = this.#whole.onReady(look)
    }
    look()
    return () => undo()
  }

  trailers(): Trailers | undefined {
    return this.#trailers
  }

  cancel(): void {
    this.#whole.cancel()
  }

  get #isBehind(): boolean {
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
