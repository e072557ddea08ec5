/** A body that ends with its caller's patience: once the signal aborts, nothing is read any more. */

import { type ByteSource, feed } from './byte-stream.js'

/** `body` until `signal` aborts; then it fails with the signal's reason. */
export function brokenOff(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream(new Interruptible(body.getReader(), signal))
}

type Controller = ReadableByteStreamController

class Interruptible implements ByteSource {
  readonly type = 'bytes'
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #signal: AbortSignal
  readonly #abort: () => void
  #controller: Controller | undefined

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) {
    this.#reader = reader
    this.#signal = signal
    this.#abort = breaking(new WeakRef(this))
  }

  start(controller: Controller): void {
    this.#controller = controller
    if (this.#signal.aborted) this.break()
    else this.#signal.addEventListener('abort', this.#abort, { once: true })
  }

  async pull(controller: Controller): Promise<void> {
    try {
      await feed(controller, this)
    } catch (failure) {
      this.#forget()
      // Broken off while it waited: the stream has its failure already.
      if (!this.#signal.aborted) throw failure
    }
  }

  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader.read()
    this.#signal.throwIfAborted()
    if (done) this.#forget()
    return value
  }

  cancel(reason: unknown): Promise<void> {
    this.#forget()
    return this.#reader.cancel(reason)
  }

  break(): void {
    const { reason } = this.#signal
    this.#controller?.error(reason)
    this.#reader.cancel(reason).catch(() => {})
  }

  #forget(): void {
    this.#signal.removeEventListener('abort', this.#abort)
  }
}

/** A signal may outlive many bodies: it must not keep those that were forgotten half read. */
function breaking(body: WeakRef<Interruptible>): () => void {
  return () => body.deref()?.break()
}
