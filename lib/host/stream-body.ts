/** A body on its way in: a short queue between whoever the bytes come from and the one who reads them. */

import { type BodyReader, bytesOf, type Trailers } from '../base/body.js'
import { CancelledError, TidewaitError } from '../base/errors.js'
import { nothingToUndo, type Undo } from '../base/undo.js'

/** Chunks that wait for the reader before the source is asked to pause. */
const QUEUED_CHUNKS = 8

const NO_TRAILERS: Trailers = []

/** Where the bytes come from, as far as the body steers it. Neither call may throw. */
export interface BodySource {
  /** There is room again after `push` said there is none. Never called from inside `push`, `end` or `fail`. */
  resume(): void
  /** Nobody will read on: give back whatever the source holds. Called at most once, and not after `end` or `fail`. */
  abandon(): void
}

/** How the body ends, once its source has said so; chunks that came before are still read first. */
type Ending =
  | { readonly kind: 'open' }
  | { readonly kind: 'whole'; readonly trailers: Trailers }
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'cancelled' }

/** The source pushes, the reader reads; back pressure is the answer of `push` and the call of `resume`. */
export class StreamBody implements BodyReader {
  readonly length: number | undefined
  readonly #source: BodySource
  #queue: Uint8Array[] = []
  #ending: Ending = { kind: 'open' }
  #flow: 'running' | 'paused' | 'resuming' = 'running'
  #trailers: Trailers | undefined
  #listener: (() => void) | undefined

  constructor(source: BodySource, length?: number) {
    this.#source = source
    this.length = length
  }

  /** Takes over `chunk`. False: no room for more until `resume`; what comes all the same is kept. */
  push(chunk: Uint8Array): boolean {
    if (this.#ending.kind === 'open' && chunk.byteLength > 0) {
      this.#queue.push(chunk)
      if (this.#queue.length >= QUEUED_CHUNKS) this.#flow = 'paused'
      this.#wake()
    }
    return this.#flow === 'running'
  }

  /** The clean end. */
  end(trailers: Trailers = NO_TRAILERS): void {
    this.#close({ kind: 'whole', trailers })
  }

  /** The end that should not have been; the reader gets `error` after the bytes before it. */
  fail(error: unknown): void {
    this.#close({ kind: 'broken', error })
  }

  get ready(): boolean {
    return this.#queue.length > 0 || this.#ending.kind !== 'open'
  }

  inHand(limit: number): readonly Uint8Array[] | undefined {
    if (this.#ending.kind !== 'whole' || this.#ending.trailers.length > 0) return undefined
    return bytesOf(this.#queue) <= limit ? [...this.#queue] : undefined
  }

  read(): Uint8Array | undefined {
    const chunk = this.#queue.shift()
    if (chunk !== undefined) {
      if (this.#flow === 'paused') this.#resumeSoon()
      return chunk
    }
    switch (this.#ending.kind) {
      case 'open':
        throw new TidewaitError('Busy', 'the body has no bytes yet')
      case 'whole':
        this.#trailers = this.#ending.trailers
        return undefined
      case 'broken':
        throw this.#ending.error
      case 'cancelled':
        throw new CancelledError()
    }
  }

  onReady(listener: () => void): Undo {
    if (this.ready) {
      listener()
      return nothingToUndo
    }
    this.#listener = listener
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }

  trailers(): Trailers | undefined {
    return this.#trailers
  }

  cancel(): void {
    const { kind } = this.#ending
    if (kind === 'cancelled') return
    this.#queue = []
    this.#ending = { kind: 'cancelled' }
    if (kind === 'open') this.#source.abandon()
    this.#wake()
  }

  #close(ending: Ending): void {
    if (this.#ending.kind !== 'open') return
    this.#ending = ending
    this.#wake()
  }

  /**
   * A reader may read while some other connection's parser is at work (its listener was called from there), and undici's
   * parsers cannot be entered twice. A microtask later none is.
   */
  #resumeSoon(): void {
    this.#flow = 'resuming'
    queueMicrotask(() => {
      if (this.#flow !== 'resuming') return
      this.#flow = 'running'
      if (this.#ending.kind === 'open') this.#source.resume()
    })
  }

  #wake(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.()
  }
}
