/** A pipe: a sink whose chunks are read as a body on its other side, with a short queue in between (semantics 10.1-3). */

import { Announcer } from '../base/announcer.js'
import type { BodyReader, Trailers } from '../base/body.js'
import { ClosedError, TruncatedBodyError } from '../base/errors.js'
import type { Room, Sink } from './resources.js'
import { StreamBody } from './stream-body.js'

export class Pipe extends Announcer implements Sink, Room {
  readonly #body: StreamBody
  #state: 'room' | 'full' | 'deserted' | 'ended' = 'room'
  #desertedListener: (() => void) | undefined

  constructor() {
    super()
    this.#body = new StreamBody({ resume: () => this.#become('room'), abandon: () => this.#desert() })
  }

  get reader(): BodyReader {
    return this.#body
  }

  /** Whether there is room for a chunk; true as well once the pipe is deserted or ended, when `write` throws. */
  get ready(): boolean {
    return this.#state !== 'full'
  }

  onDeserted(listener: () => void): void {
    this.#desertedListener = listener
  }

  /** Throws `ClosedError` once the pipe has ended, or its reader has left. */
  write(chunk: Uint8Array): void {
    this.#open()
    if (!this.#body.push(chunk)) this.#state = 'full'
  }

  finish(trailers: Trailers = []): void {
    this.#open()
    this.#state = 'ended'
    this.#body.end(trailers)
  }

  fail(error: unknown = new TruncatedBodyError('the writer left before the end')): void {
    if (this.#state === 'ended' || this.#state === 'deserted') return
    this.#state = 'ended'
    this.#body.fail(error)
  }

  #open(): void {
    if (this.#state === 'ended' || this.#state === 'deserted') throw new ClosedError('the body')
  }

  #desert(): void {
    this.#become('deserted')
    this.#desertedListener?.()
  }

  #become(state: 'room' | 'deserted'): void {
    if (this.#state === 'ended') return
    this.#state = state
    this.announce()
  }
}
