/** A body written by hand on one side and read on the other, with a short queue in between (semantics 10.1-3). */

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

  /** Room for a chunk; or nobody reads any more, and the next write says so. */
  get ready(): boolean {
    return this.#state !== 'full'
  }

  onDeserted(listener: () => void): void {
    this.#desertedListener = listener
  }

  /** Throws `ClosedError` once it has ended, or nobody reads. */
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
