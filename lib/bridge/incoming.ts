/** A body on its way from the other thread: what has come, and how much more may. */

import { ArrivingBody } from '../host/arriving.js'

/** Read bytes are reported once they are this many: each report lets the other side send as much again. */
const REPORT_BYTES = 1024 * 1024

export interface IncomingSource {
  /** Reads no further. */
  close(): void
  /** This many bytes were read; 0 of a held body asks for it. */
  credit(bytes: number): void
  /** Somebody has begun to wait for bytes, or has ended waiting. */
  awaited(by: 1 | -1): void
  /** In place of a mebibyte. */
  readonly reportBytes?: number
}

/** A body that arrives chunk by chunk: at once, or, while it is `held` over there, once somebody waits for it. */
export class Incoming extends ArrivingBody {
  readonly #source: IncomingSource
  #flow: 'held' | 'flowing'
  #read = 0
  /** The request whose own body may have to be sent on for this one to come, or the writer here that it follows. */
  behind: number | undefined = undefined

  constructor(source: IncomingSource, length?: number, flow: 'held' | 'flowing' = 'flowing') {
    super(length)
    this.#source = source
    this.#flow = flow
  }

  /** Whether all of it is still over there. */
  get isHeld(): boolean {
    return this.#flow === 'held' && this.isOpen
  }

  arrive(chunks: readonly Uint8Array[]): void {
    this.arrived(...chunks)
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
    this.#source.awaited(by)
    if (by < 0 || this.#flow === 'flowing') return
    this.#flow = 'flowing'
    this.#source.credit(0)
  }
}
