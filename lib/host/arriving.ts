/** A body that arrives chunk by chunk: its unread chunks, and how it ends. Subclasses decide on flow control. */

import { Announcer } from '../base/announcer.js'
import { type BodyReader, joined, NO_TRAILERS, type Trailers } from '../base/body.js'
import { CancelledError, TidewaitError } from '../base/errors.js'
import { Fifo } from '../base/fifo.js'

/** How the body ends, once that is known. Chunks that came before are read first, except after a cancel. */
type Ending =
  | { readonly kind: 'open' }
  | { readonly kind: 'whole'; readonly trailers: Trailers }
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'cancelled' }

const OPEN: Ending = { kind: 'open' }
const CANCELLED: Ending = { kind: 'cancelled' }

export abstract class ArrivingBody extends Announcer implements BodyReader {
  readonly #chunks = new Fifo<Uint8Array>()
  readonly #declared: number | undefined
  #arrived = 0
  #ending: Ending = OPEN
  #trailers: Trailers | undefined

  constructor(declared: number | undefined) {
    super()
    this.#declared = declared
  }

  /** As declared, or as it turned out once the body has ended. */
  get length(): number | undefined {
    return this.#declared ?? (this.#ending.kind === 'whole' ? this.#arrived : undefined)
  }

  abstract inHand(limit: number): readonly Uint8Array[] | undefined

  /** Whether the end has not come, so that more chunks may. */
  get isOpen(): boolean {
    return this.#ending.kind === 'open'
  }

  get ready(): boolean {
    return this.#chunks.size > 0 || !this.isOpen
  }

  /** The body ends cleanly. */
  end(trailers: Trailers = NO_TRAILERS): void {
    this.#close({ kind: 'whole', trailers })
  }

  /** The body breaks off. The reader gets `error` after the bytes that came before. */
  fail(error: unknown): void {
    this.#close({ kind: 'broken', error })
  }

  read(): Uint8Array | undefined {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.taken(chunk)
      return chunk
    }
    const ending = this.#ending
    switch (ending.kind) {
      case 'open':
        throw new TidewaitError('Busy', 'the body has no bytes yet')
      case 'whole':
        this.#trailers = ending.trailers
        return undefined
      case 'broken':
        throw ending.error
      case 'cancelled':
        throw new CancelledError()
    }
  }

  trailers(): Trailers | undefined {
    return this.#trailers
  }

  /** Drops the unread chunks, and calls `abandoned` if more would come. */
  cancel(): void {
    const { isOpen } = this
    if (this.#ending === CANCELLED) return
    this.#chunks.clear()
    this.#ending = CANCELLED
    if (isOpen) this.abandoned()
    this.announce()
  }

  /** How many chunks are unread. */
  protected get unread(): number {
    return this.#chunks.size
  }

  /** All unread chunks, if the body has ended cleanly without trailers; else `undefined`. */
  protected get rest(): readonly Uint8Array[] | undefined {
    const ending = this.#ending
    return ending.kind === 'whole' && ending.trailers.length === 0 ? [...this.#chunks] : undefined
  }

  /** Takes over `chunks`. Chunks after the end are ignored. */
  protected arrived(...chunks: readonly Uint8Array[]): void {
    if (!this.isOpen || chunks.length === 0) return
    for (const chunk of chunks) {
      this.#chunks.push(chunk)
      this.#arrived += chunk.byteLength
    }
    this.announce()
  }

  /** Makes one chunk of the last `count` unread ones, or of all if fewer are left. */
  protected joinLast(count: number): void {
    const last = this.#chunks.takeLast(count)
    if (last.length > 0) this.#chunks.push(joined(last))
  }

  /** Called when `chunk` was read. */
  protected abstract taken(chunk: Uint8Array): void

  /** Called when the reader has cancelled while more would come. */
  protected abstract abandoned(): void

  #close(ending: Ending): void {
    if (!this.isOpen) return
    this.#ending = ending
    this.announce()
  }
}
