/** Bodies on their way to one guest: as much at a time as it has room for, shared where they lie in shared memory. */

import { type BodyReader, bytesOf } from '../../base/body.js'
import type { Line, Message } from '../line/line.js'
import type { SpokenBody, ToGuest, ToHost } from '../line/protocol.js'
import { spoken } from '../line/spoken-errors.js'
import { Chunks, COPIED_BYTES, MOST_SHARED } from './chunks.js'

/** Bytes a guest may be sent before it has read any. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** All bytes of a body, as a message carries them. */
export type WholeBody = Pick<Message<unknown>, 'bytes' | 'shared'>

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

  /** Whether it is this guest that `reader` reads for. */
  sends(reader: BodyReader): boolean {
    for (const stream of this.#streams.values()) if (stream.reader === reader) return true
    return false
  }

  /** How `reader` goes to the guest, and the bytes that go at once. Call `flow` once that has been said. */
  pack(reader: BodyReader | undefined): { readonly body: SpokenBody } & WholeBody {
    if (reader === undefined) return { body: { kind: 'none' } }
    const whole = wholeInHand(reader)
    if (whole !== undefined) return { body: { kind: 'inline' }, ...whole }
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

/** All of a body that is there, and goes with the message it belongs to; or `undefined`, with nothing read. It is read to its end then. */
export function wholeInHand(reader: BodyReader): WholeBody | undefined {
  const chunks = reader.inHand(WINDOW_BYTES)
  if (chunks === undefined) return undefined
  const whole = together(chunks)
  if (whole !== undefined) reader.cancel()
  return whole
}

function together(chunks: readonly Uint8Array[]): WholeBody | undefined {
  const isShared = chunks.length > 0 && chunks.every(({ buffer }) => buffer instanceof SharedArrayBuffer)
  if (isShared && chunks.length <= MOST_SHARED) return { shared: chunks }
  return bytesOf(chunks) > COPIED_BYTES ? undefined : { bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) }
}
