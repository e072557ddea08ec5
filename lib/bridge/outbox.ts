/** Bodies on their way to one guest: as much at a time as it has room for, shared where they lie in shared memory. */

import type { BodyReader } from '../base/body.js'
import { Chunks } from './chunks.js'
import type { Line } from './line.js'
import type { SpokenBody, ToGuest, ToHost } from './protocol.js'
import { spoken } from './spoken-errors.js'

/** Bytes a guest may be sent before it has read any. */
export const WINDOW_BYTES = 4 * 1024 * 1024
/** A body that is there, and no larger than this, goes with the message it belongs to. */
const INLINE_BYTES = 16 * 1024

class Stream {
  room = WINDOW_BYTES
  state: 'flowing' | 'waiting' = 'flowing'

  constructor(readonly reader: BodyReader) {}
}

export class Outbox {
  readonly #line: Line<ToGuest, ToHost>
  readonly #streams = new Map<number, Stream>()
  #next = 1

  constructor(line: Line<ToGuest, ToHost>) {
    this.#line = line
  }

  get size(): number {
    return this.#streams.size
  }

  /** How `reader` goes to the guest, and the bytes that go at once. Call `flow` once that has been said. */
  pack(reader: BodyReader | undefined): { readonly body: SpokenBody; readonly bytes?: Uint8Array | undefined } {
    if (reader === undefined) return { body: { kind: 'none' } }
    const bytes = wholeIfSmall(reader)
    if (bytes !== undefined) return { body: { kind: 'inline' }, bytes }
    // Odd numbers are the host's, even ones the guest's.
    const stream = this.#next
    this.#next += 2
    this.#streams.set(stream, new Stream(reader))
    return { body: { kind: 'stream', stream, length: reader.length } }
  }

  /** Lets a packed body flow, if it is not there already. */
  flow(body: SpokenBody): void {
    if (body.kind === 'stream') this.#flow(body.stream)
  }

  /** Sends `reader` as the stream that the guest asked for. */
  begin(stream: number, reader: BodyReader): void {
    this.#streams.set(stream, new Stream(reader))
    this.#flow(stream)
  }

  /** The guest has read `bytes`. */
  credit(number: number, bytes: number): void {
    const stream = this.#streams.get(number)
    if (stream === undefined) return
    stream.room += bytes
    this.#flow(number)
  }

  /** Gives a body back, for the host to use it itself. */
  take(number: number): BodyReader | undefined {
    const stream = this.#streams.get(number)
    this.#streams.delete(number)
    return stream?.reader
  }

  /** The guest reads no further. */
  close(number: number): void {
    this.take(number)?.cancel()
  }

  closeAll(): void {
    for (const number of [...this.#streams.keys()]) this.close(number)
  }

  /** Sends what is there and has room, then waits for either. */
  #flow(number: number): void {
    const stream = this.#streams.get(number)
    if (stream?.state !== 'flowing') return
    const chunks = new Chunks<ToGuest, ToHost>(this.#line, { is: 'chunk', stream: number })
    try {
      while (stream.room > 0 && stream.reader.ready) {
        const chunk = stream.reader.read()
        if (chunk === undefined) {
          chunks.flush()
          return this.#end(number, stream)
        }
        stream.room -= chunk.byteLength
        chunks.add(chunk)
      }
      chunks.flush()
    } catch (failure) {
      chunks.flush()
      this.#streams.delete(number)
      return this.#line.send({ say: { is: 'broken', stream: number, error: spoken(failure) } })
    }
    if (stream.room <= 0) return
    stream.state = 'waiting'
    stream.reader.onReady(() => {
      stream.state = 'flowing'
      this.#flow(number)
    })
  }

  #end(number: number, { reader }: Stream): void {
    this.#streams.delete(number)
    const trailers = reader.trailers()
    this.#line.send({ say: { is: 'end', stream: number, ...(trailers?.length && { trailers }) } })
  }
}

/** All bytes of a body that is there and small, or `undefined`, with nothing read. It is read to its end then. */
export function wholeIfSmall(reader: BodyReader): Uint8Array | undefined {
  const chunks = reader.inHand(INLINE_BYTES)
  if (chunks === undefined) return undefined
  reader.cancel()
  const [only] = chunks
  return chunks.length === 1 ? only : Buffer.concat(chunks)
}
