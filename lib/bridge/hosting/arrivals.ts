/** Request bodies that one guest uploads, as sources for the connections that send them on. */

import type { BodyReader } from '../../base/body.js'
import { Incoming } from '../incoming.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { deserializeError, type SerializedError } from '../line/serialized-errors.js'

/** How many read bytes the host reports at a time: a fraction of a guest's upload window, so that the upload need not stall. */
const REPORT_BYTES = 256 * 1024

export class Arrivals {
  readonly #line: Line<ToGuest, ToHost>
  /** By the call number of the request. */
  readonly #bodies = new Map<number, Incoming>()

  constructor(line: Line<ToGuest, ToHost>) {
    this.#line = line
  }

  /** The body of the request `call`, to be read once. A reader that stops before its end stops the guest's upload. */
  open(call: number): AsyncIterable<Uint8Array> {
    const body = new Incoming({
      close: () => {
        this.#bodies.delete(call)
        this.#line.send({ say: { is: 'upload-closed', call } })
      },
      credit: (bytes) => this.#line.send({ say: { is: 'upload-credit', call, bytes } }),
      tookIn: (messages) => this.#line.send({ say: { is: 'upload-taken', call, messages } }),
      reportBytes: REPORT_BYTES,
    })
    this.#bodies.set(call, body)
    return chunksOf(body)
  }

  arrive(call: number, bytes: Uint8Array | undefined): void {
    this.#bodies.get(call)?.arrive(bytes === undefined ? [] : [bytes])
  }

  end(call: number): void {
    this.#take(call)?.end()
  }

  fail(call: number, error: SerializedError): void {
    this.#take(call)?.fail(deserializeError(error))
  }

  /** The request `call` has ended, so its body is read no further. */
  cancel(call: number): void {
    this.#bodies.get(call)?.cancel()
  }

  cancelAll(): void {
    for (const body of [...this.#bodies.values()]) body.cancel()
  }

  #take(call: number): Incoming | undefined {
    const body = this.#bodies.get(call)
    this.#bodies.delete(call)
    return body
  }
}

/** Not a generator: `return` takes effect at once, while a generator would first wait for the chunk that `next` waits for. */
function chunksOf(body: BodyReader): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (!body.ready) await new Promise<void>((resolve) => body.onReady(resolve))
        const value = body.read()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      async return() {
        body.cancel()
        return { done: true, value: undefined }
      },
    }),
  }
}
