/** A body that a guest writes, in the host's store. */

import { atOnce } from '../../base/announcer.js'
import type { Trailers } from '../../base/body.js'
import { ClosedError, TruncatedBodyError } from '../../base/errors.js'
import type { Undo } from '../../base/undo.js'
import type { Room, Sink } from '../../host/resources.js'
import { spoken } from '../line/spoken-errors.js'
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
    mailbox.written.begin(number, () => this.#desertedListener?.())
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

  /** What it is written with has come from the host, and takes no turn of this thread's event loop. */
  pours(): void {
    this.#mailbox.written.pour(this.number)
  }

  /** The host moves what it holds there, a stream of this guest's, and ends it. */
  append(stream: number): void {
    this.#end()
    this.#mailbox.say({ do: 'append', writer: this.number, stream })
  }

  write(chunk: Uint8Array): void {
    this.#open()
    if (chunk.byteLength > 0) this.#mailbox.say({ do: 'write', writer: this.number }, chunk)
  }

  finish(trailers?: Trailers): void {
    this.#open()
    this.#end()
    this.#mailbox.say({ do: 'finish', writer: this.number, trailers })
  }

  fail(error: unknown = new TruncatedBodyError('the writer left before the end')): void {
    if (this.#state === 'ended') return
    this.#end()
    this.#mailbox.tellIfAlive({ do: 'fail', writer: this.number, error: spoken(error) })
  }

  #end(): void {
    this.#state = 'ended'
    this.#mailbox.written.end(this.number)
  }

  #open(): void {
    if (this.#state === 'ended') throw new ClosedError('the body')
  }
}
