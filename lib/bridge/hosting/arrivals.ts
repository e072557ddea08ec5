/** Request bodies that arrive from one guest, for the connections that send them on. */

import type { BodyReader } from '../../base/body.js'
import { Incoming } from '../incoming.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { heard, type SpokenError } from '../line/spoken-errors.js'

/** Read bytes are reported once they are this many: several times in the window of a guest. */
const REPORT_BYTES = 256 * 1024

export class Arrivals {
  readonly #line: Line<ToGuest, ToHost>
  /** By the guest's number of the request they belong to. */
  readonly #bodies = new Map<number, Incoming>()

  constructor(line: Line<ToGuest, ToHost>) {
    this.#line = line
  }

  /** The body of the request `call`, read once. Whoever stops reading it stops the guest from sending it. */
  open(call: number): AsyncIterable<Uint8Array> {
    const body = new Incoming({
      close: () => {
        this.#bodies.delete(call)
        this.#line.send({ say: { is: 'upload-closed', call } })
      },
      credit: (bytes) => this.#line.send({ say: { is: 'upload-credit', call, bytes } }),
      awaited: () => {},
      reportBytes: REPORT_BYTES,
    })
    this.#bodies.set(call, body)
    return chunksOf(body)
  }

  arrive(call: number, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#bodies.get(call)?.arrive([bytes])
  }

  end(call: number): void {
    this.#take(call)?.end()
  }

  fail(call: number, error: SpokenError): void {
    this.#take(call)?.fail(heard(error))
  }

  /** The request has ended without it, or its guest has. */
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

/** Whoever leaves it need not wait for what is to come, as with a generator. */
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
