/** Streams bodies to one guest, by credit: chunks in shared memory are shared with the guest, all others are copied. */

import { type BodyReader, bytesOf } from '../../base/body.js'
import type { Line } from '../line/line.js'
import type { Message } from '../line/messages.js'
import type { BodyTransfer, ToGuest, ToHost } from '../line/protocol.js'
import { serializeError } from '../line/serialized-errors.js'
import { Window } from '../window.js'
import { Chunks, COPIED_BYTES, MOST_SHARED } from './chunks.js'

/** How many bytes of a stream may be on their way before the guest has read any. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** A whole body in the form in which one message carries it. */
export type WholeBody = Pick<Message<unknown>, 'bytes' | 'shared'>

class Stream extends Window {
  state: 'flowing' | 'waiting' = 'flowing'

  constructor(readonly reader: BodyReader) {
    super(WINDOW_BYTES)
  }
}

export class Outbox {
  readonly #line: Line<ToGuest, ToHost>
  readonly #streams = new Map<number, Stream>()
  #next = 1

  constructor(line: Line<ToGuest, ToHost>) {
    this.#line = line
  }

  /** Whether `reader` is the source of a stream to this guest. */
  sends(reader: BodyReader): boolean {
    for (const stream of this.#streams.values()) if (stream.reader === reader) return true
    return false
  }

  /**
   * Decides how the body of `reader` crosses: inline, with the bytes to send along, or as a stream. The caller sends a message with
   * `body`, and calls `flow` after that.
   */
  pack(reader: BodyReader | undefined): { readonly body: BodyTransfer } & WholeBody {
    if (reader === undefined) return { body: { kind: 'none' } }
    const whole = wholeInHand(reader)
    if (whole !== undefined) return { body: { kind: 'inline' }, ...whole }
    // Odd numbers are the host's, even ones the guest's.
    const stream = this.#next
    this.#next += 2
    this.#streams.set(stream, new Stream(reader))
    return { body: { kind: 'stream', stream, length: reader.length } }
  }

  /** Begins to send a packed body, if it is a stream. */
  flow(body: BodyTransfer): void {
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
    stream.bytes += bytes
    this.#flow(number)
  }

  /** The guest has taken in `messages` more messages. */
  taken(number: number, messages: number): void {
    const stream = this.#streams.get(number)
    if (stream === undefined) return
    stream.messages += messages
    this.#flow(number)
  }

  /** Removes a stream, and returns its reader for use by the host. */
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

  /** Sends the chunks that are there, as far as the guest has room, then waits for more chunks or for a credit. */
  #flow(number: number): void {
    const stream = this.#streams.get(number)
    if (stream?.state !== 'flowing') return
    const chunks = new Chunks<ToGuest, ToHost>(this.#line, { is: 'chunk', stream: number })
    try {
      while (stream.hasRoom && stream.reader.ready) {
        const chunk = stream.reader.read()
        if (chunk === undefined) {
          chunks.flush()
          return this.#end(number, stream)
        }
        stream.bytes -= chunk.byteLength
        chunks.add(chunk)
      }
      chunks.flush()
      stream.messages -= chunks.sent
    } catch (failure) {
      chunks.flush()
      this.#streams.delete(number)
      return this.#line.send({ say: { is: 'broken', stream: number, error: serializeError(failure) } })
    }
    if (!stream.hasRoom) return
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

/**
 * The whole body, if all of it is there, without trailers and small enough for one message; `reader` is finished then. Otherwise
 * `undefined`, with nothing read.
 */
export function wholeInHand(reader: BodyReader): WholeBody | undefined {
  const chunks = reader.inHand(WINDOW_BYTES)
  if (chunks === undefined) return undefined
  const whole = asOneMessage(chunks)
  if (whole !== undefined) reader.cancel()
  return whole
}

function asOneMessage(chunks: readonly Uint8Array[]): WholeBody | undefined {
  const isShared = chunks.length > 0 && chunks.every(({ buffer }) => buffer instanceof SharedArrayBuffer)
  if (isShared && chunks.length <= MOST_SHARED) return { shared: chunks }
  return bytesOf(chunks) > COPIED_BYTES ? undefined : { bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) }
}
