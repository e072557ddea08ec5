/** A body that ends with its caller's patience: once the signal aborts, nothing is read any more. */

/** `body` until `signal` aborts; then it fails with the signal's reason. */
export function brokenOff(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream(new Interruptible(body.getReader(), signal), { highWaterMark: 0 })
}

type Controller = ReadableStreamDefaultController<Uint8Array>

class Interruptible {
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
      const { done, value } = await this.#reader.read()
      if (this.#signal.aborted) return
      if (!done) return controller.enqueue(value)
      this.#forget()
      controller.close()
    } catch (failure) {
      this.#forget()
      throw failure
    }
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
