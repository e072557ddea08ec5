/** A body that arrives from the other thread, with credit-based flow control. */

import { ArrivingBody } from '../host/arriving.js'
import { MANY, SMALL_BYTES } from '../store/coalescing.js'
import { REPORT_MESSAGES } from './window.js'

/** The reader reports how much it has read each time it is this many bytes; the other side may then send as many more. */
const REPORT_BYTES = 1024 * 1024

export interface IncomingSource {
  /** The reader reads no further. */
  close(): void
  /** The reader has read this many bytes. A credit of 0 asks for a held body. */
  credit(bytes: number): void
  /** So many messages that have brought chunks were taken in. */
  tookIn(messages: number): void
  /** A reader has begun to wait for bytes (1), or no longer waits (-1). */
  awaited?(by: 1 | -1): void
  /** Replaces `REPORT_BYTES`. */
  readonly reportBytes?: number
}

/**
 * A body that arrives chunk by chunk. A `flowing` body is sent unasked; the other side keeps a `held` body until a reader here
 * waits for it.
 */
export class Incoming extends ArrivingBody {
  readonly #source: IncomingSource
  #flow: 'held' | 'flowing'
  #read = 0
  /** How many messages have brought chunks since that was last reported. */
  #messages = 0
  /** How many small chunks in a row were the last to come, read or not. */
  #small = 0
  /**
   * What in this thread may have to go on before more of this body comes: the number of a request whose upload is still open, or
   * of the writer whose bytes this body follows. Calls and writers share one sequence of numbers.
   */
  dependsOn: number | undefined = undefined

  constructor(source: IncomingSource, length?: number, flow: 'held' | 'flowing' = 'flowing') {
    super(length)
    this.#source = source
    this.#flow = flow
  }

  /** Whether the other side still holds all of the body. */
  get isHeld(): boolean {
    return this.#flow === 'held' && this.isOpen
  }

  /**
   * One message has brought `chunks`. Small ones that nobody reads are joined, as in the store: else the objects around them would
   * weigh far more than a window.
   */
  arrive(chunks: readonly Uint8Array[]): void {
    this.#messages += 1
    if (this.#messages === REPORT_MESSAGES) {
      this.#messages = 0
      this.#source.tookIn(REPORT_MESSAGES)
    }
    this.arrived(...chunks)
    for (const { byteLength } of chunks) this.#small = byteLength < SMALL_BYTES ? this.#small + 1 : 0
    if (this.#small < MANY) return
    this.joinLast(this.#small)
    this.#small = 0
  }

  inHand(): undefined {
    return undefined
  }

  protected taken({ byteLength }: Uint8Array): void {
    this.#read += byteLength
    if (this.#read < (this.#source.reportBytes ?? REPORT_BYTES) || !this.isOpen) return
    this.#source.credit(this.#read)
    this.#read = 0
  }

  protected abandoned(): void {
    this.#source.close()
  }

  protected override awaited(by: 1 | -1): void {
    this.#source.awaited?.(by)
    if (this.#flow === 'flowing') return
    this.#flow = 'flowing'
    this.#source.credit(0)
  }
}
