/** A body on its way from the other thread: what has come, and how much more may. */

import type { BodyReader, Trailers } from '../base/body.js'
import { CancelledError, TidewaitError } from '../base/errors.js'
import { nothingToUndo, type Undo } from '../base/undo.js'

/** Read bytes are reported once they are this many: each report lets the other side send as much again. */
const REPORT_BYTES = 1024 * 1024

export interface InboxSource {
  /** Reads no further. */
  close(): void
  /** This many bytes were read; 0 of a held body asks for it. */
  credit(bytes: number): void
  /** Somebody has begun to wait for bytes, or has ended waiting. */
  awaited(by: 1 | -1): void
  /** In place of a mebibyte. */
  readonly reportBytes?: number
}

type Ending =
  | { readonly kind: 'open' }
  | { readonly kind: 'whole'; readonly trailers: Trailers }
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'cancelled' }

/** A body that arrives chunk by chunk: at once, or, while it is `held` over there, once somebody waits for it. */
export class Incoming implements BodyReader {
  readonly #source: InboxSource
  readonly length: number | undefined
  readonly #chunks: Uint8Array[] = []
  #flow: 'held' | 'flowing'
  #ending: Ending = { kind: 'open' }
  #trailers: Trailers | undefined
  #read = 0
  /** The request whose own body may have to be sent on for this one to come, or the writer here that it follows. */
  behind: number | undefined = undefined
  #listener: (() => void) | undefined

  constructor(source: InboxSource, length?: number, flow: 'held' | 'flowing' = 'flowing') {
    this.#source = source
    this.length = length
    this.#flow = flow
  }

  /** Whether all of it is still over there. */
  get isHeld(): boolean {
    return this.#flow === 'held' && this.isOpen
  }

  get ready(): boolean {
    return this.#chunks.length > 0 || this.#ending.kind !== 'open'
  }

  /** Whether somebody waits for bytes of it. */
  get isAwaited(): boolean {
    return this.#listener !== undefined
  }

  get isOpen(): boolean {
    return this.#ending.kind === 'open'
  }

  arrive(chunks: readonly Uint8Array[]): void {
    if (this.#ending.kind !== 'open') return
    this.#chunks.push(...chunks)
    this.#wake()
  }

  end(trailers: Trailers = []): void {
    this.#close({ kind: 'whole', trailers })
  }

  fail(error: unknown): void {
    this.#close({ kind: 'broken', error })
  }

  inHand(): undefined {
    return undefined
  }

  read(): Uint8Array | undefined {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#report(chunk.byteLength)
      return chunk
    }
    switch (this.#ending.kind) {
      case 'open':
        throw new TidewaitError('Busy', 'no bytes are there yet')
      case 'broken':
        throw this.#ending.error
      case 'cancelled':
        throw new CancelledError()
      case 'whole':
        this.#trailers = this.#ending.trailers
        return undefined
    }
  }

  onReady(listener: () => void): Undo {
    if (this.ready) {
      listener()
      return nothingToUndo
    }
    this.#listen(listener)
    if (this.#flow === 'held') {
      this.#flow = 'flowing'
      this.#source.credit(0)
    }
    return () => {
      if (this.#listener === listener) this.#listen(undefined)
    }
  }

  trailers(): Trailers | undefined {
    return this.#trailers
  }

  cancel(): void {
    const wasOpen = this.isOpen
    this.#chunks.length = 0
    this.#close({ kind: 'cancelled' })
    if (wasOpen) this.#source.close()
  }

  #report(bytes: number): void {
    this.#read += bytes
    if (this.#read < (this.#source.reportBytes ?? REPORT_BYTES) || !this.isOpen) return
    this.#source.credit(this.#read)
    this.#read = 0
  }

  #close(ending: Ending): void {
    if (this.#ending.kind !== 'open') return
    this.#ending = ending
    this.#wake()
  }

  #wake(): void {
    const listener = this.#listener
    this.#listen(undefined)
    listener?.()
  }

  #listen(listener: (() => void) | undefined): void {
    const had = this.#listener !== undefined
    this.#listener = listener
    if (had !== (listener !== undefined)) this.#source.awaited(had ? -1 : 1)
  }
}
