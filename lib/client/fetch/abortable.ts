/** A body that an abort signal breaks off: nothing is read from then on. */

import type { Undo } from '../../base/undo.js'
import { type ByteSource, feed } from '../response/byte-stream.js'
import { interruptOnAbort } from '../response/on-abort.js'

/** A stream of `body` that fails with the signal's reason once `signal` aborts. */
export function abortable(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream(new AbortableSource(body.getReader(), signal))
}

type Controller = ReadableByteStreamController

class AbortableSource implements ByteSource {
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
      // After an abort the stream has failed already, and ignores this error.
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
