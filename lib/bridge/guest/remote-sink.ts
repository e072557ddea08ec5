/** A sink of a guest: what is written to it goes to a writer on the host. */

import { atOnce } from '../../base/announcer.js'
import type { Trailers } from '../../base/body.js'
import { ClosedError, TruncatedBodyError } from '../../base/errors.js'
import type { Undo } from '../../base/undo.js'
import type { Room, Sink } from '../../host/resources.js'
import { serializeError } from '../line/serialized-errors.js'
import type { Mailbox } from './mailbox.js'

export class RemoteSink implements Sink, Room {
  readonly #mailbox: Mailbox
  #state: 'open' | 'ended' = 'open'
  #desertedListener: (() => void) | undefined

  constructor(
    mailbox: Mailbox,
    readonly number: number,
  ) {
    this.#mailbox = mailbox
    mailbox.writers.begin(number, () => this.#desertedListener?.())
  }

  get ready(): boolean {
    return true
  }

  onReady(listener: () => void): Undo {
    return atOnce(listener)
  }

  onDeserted(listener: () => void): void {
    this.#desertedListener = listener
  }

  /** What this guest writes comes from a body that the host sends, not from a transform. */
  fedByHost(): void {
    this.#mailbox.writers.fedByHost(this.number)
  }

  /** Has the host move the rest of `stream`, which it still holds, into this body, and end the body as the stream ends. */
  append(stream: number): void {
    this.#end()
    this.#mailbox.say({ do: 'append', writer: this.number, stream })
  }

  write(chunk: Uint8Array): void {
    this.#checkOpen()
    if (chunk.byteLength > 0) this.#mailbox.say({ do: 'write', writer: this.number }, chunk)
  }

  finish(trailers?: Trailers): void {
    this.#checkOpen()
    this.#end()
    this.#mailbox.say({ do: 'finish', writer: this.number, trailers })
  }

  fail(error: unknown = new TruncatedBodyError('the writer left before the end')): void {
    if (this.#state === 'ended') return
    this.#end()
    this.#mailbox.sayIfConnected({ do: 'fail', writer: this.number, error: serializeError(error) })
  }

  #end(): void {
    this.#state = 'ended'
    this.#mailbox.writers.end(this.number)
  }

  #checkOpen(): void {
    if (this.#state === 'ended') throw new ClosedError('the body')
  }
}
