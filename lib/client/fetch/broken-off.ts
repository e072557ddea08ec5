/** A body that breaks off when its caller's signal aborts: nothing is read from then on. */

import type { Undo } from '../../base/undo.js'
import { type ByteSource, feed } from '../response/byte-stream.js'
import { interruptOnAbort } from '../response/on-abort.js'

/** `body` until `signal` aborts; then it fails with the signal's reason. */
export function brokenOff(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream(new Interruptible(body.getReader(), signal))
}

type Controller = ReadableByteStreamController

class Interruptible implements ByteSource {
  readonly type = 'bytes'
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #signal: AbortSignal
  #ignoreSignal: Undo = () => {}
  #controller: Controller | undefined

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) {
    this.#reader = reader
    this.#signal = signal
  }

  start(controller: Controller): void {
    this.#controller = controller
    if (this.#signal.aborted) this.interrupt()
    else this.#ignoreSignal = interruptOnAbort(this, this.#signal)
  }

  async pull(controller: Controller): Promise<void> {
    try {
      await feed(controller, this)
    } catch (failure) {
      this.#ignoreSignal()
      // Of one that was broken off while it waited, the stream has its failure already.
      throw failure
    }
  }

  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader.read()
    this.#signal.throwIfAborted()
    if (done) this.#ignoreSignal()
    return value
  }

  cancel(reason: unknown): Promise<void> {
    this.#ignoreSignal()
    return this.#reader.cancel(reason)
  }

  interrupt(): void {
    const { reason } = this.#signal
    this.#controller?.error(reason)
    this.#reader.cancel(reason).catch(() => {})
  }
}
