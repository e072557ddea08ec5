/** A body that arrives chunk by chunk: what has come and was not read yet, and how it ends. Whoever brings it decides how fast. */

import { Announcer } from '../base/announcer.js'
import { type BodyReader, NO_TRAILERS, type Trailers } from '../base/body.js'
import { CancelledError, TidewaitError } from '../base/errors.js'
import { Fifo } from '../base/fifo.js'

/** How the body ends, once that is known; chunks that came before are still read first. */
type Ending =
  | { readonly kind: 'open' }
  | { readonly kind: 'whole'; readonly trailers: Trailers }
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'cancelled' }

const OPEN: Ending = { kind: 'open' }
const CANCELLED: Ending = { kind: 'cancelled' }

export abstract class ArrivingBody extends Announcer implements BodyReader {
  readonly #chunks = new Fifo<Uint8Array>()
  #ending: Ending = OPEN
  #trailers: Trailers | undefined

  constructor(readonly length: number | undefined) {
    super()
  }

  abstract inHand(limit: number): readonly Uint8Array[] | undefined

  /** Whether more may come. */
  get isOpen(): boolean {
    return this.#ending.kind === 'open'
  }

  get ready(): boolean {
    return this.#chunks.size > 0 || !this.isOpen
  }

  /** The clean end. */
  end(trailers: Trailers = NO_TRAILERS): void {
    this.#close({ kind: 'whole', trailers })
  }

  /** The end that should not have been; the reader gets `error` after the bytes before it. */
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

  /** What has come is dropped; whoever brings it is told, if more would come. */
  cancel(): void {
    const { isOpen } = this
    if (this.#ending === CANCELLED) return
    this.#chunks.clear()
    this.#ending = CANCELLED
    if (isOpen) this.abandoned()
    this.announce()
  }

  /** How many chunks were not read yet. */
  protected get unread(): number {
    return this.#chunks.size
  }

  /** All that is left of a body that has come to its clean end, and has no trailers. */
  protected get rest(): readonly Uint8Array[] | undefined {
    const ending = this.#ending
    return ending.kind === 'whole' && ending.trailers.length === 0 ? [...this.#chunks] : undefined
  }

  /** Takes over `chunks`; what comes after the end is nothing. */
  protected arrived(...chunks: readonly Uint8Array[]): void {
    if (!this.isOpen) return
    for (const chunk of chunks) this.#chunks.push(chunk)
    this.announce()
  }

  /** A chunk was read. */
  protected abstract taken(chunk: Uint8Array): void

  /** Nobody will read what would come. */
  protected abstract abandoned(): void

  #close(ending: Ending): void {
    if (!this.isOpen) return
    this.#ending = ending
    this.announce()
  }
}
