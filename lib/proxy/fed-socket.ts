/** Wraps a socket as a stream for `node:http`, whose input is fed by the subclass, so that it sees the octets before the parser. */

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

type Chunk = string | Uint8Array
type Done = (error?: Error | null) => void

/** As much as a socket delivers at once. */
const HIGH_WATER_BYTES = 64 * 1024

/** How much of a request's body the parser holds for its reader. Few bytes, because a chunk of one byte costs a hundred. */
const BODY_HIGH_WATER_BYTES = 4 * 1024

export class FedSocket extends Duplex {
  constructor(readonly socket: Socket) {
    super({ readableHighWaterMark: HIGH_WATER_BYTES, writableHighWaterMark: socket.writableHighWaterMark })
    this.on('error', () => {})
    socket
      .on('end', () => this.push(null))
      .on('drain', () => this.emit('drain'))
      .on('error', (error) => this.destroy(error))
      .on('close', () => this.destroy())
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  setTimeout(ms: number): this {
    this.socket.setTimeout(ms)
    return this
  }

  /** As `Socket.destroySoon`: sends what was written, then ends. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** As `Socket.resetAndDestroy`: the other side sees a reset, not a clean end. */
  resetAndDestroy(): this {
    this.socket.resetAndDestroy()
    return this
  }

  /** Gives `octets` of the socket to the reader of this stream. Pauses the socket until there is room for more. */
  protected feed(octets: Uint8Array): void {
    if (!this.push(octets)) this.socket.pause()
  }

  /** Called when this stream is destroyed: nothing reads or writes here any more. */
  protected abandon(): void {
    this.socket.destroy()
  }

  override _read(): void {
    this.socket.resume()
  }

  /** Writes to the socket directly, past the buffer of this stream: all unsent octets are in the socket's own buffer. */
  override write(chunk: Chunk, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean {
    if (typeof encodingOrDone === 'function') return this.socket.write(chunk, encodingOrDone)
    return this.socket.write(chunk, encodingOrDone, done)
  }

  override cork(): void {
    this.socket.cork()
  }

  override uncork(): void {
    this.socket.uncork()
  }

  /** Only used for a chunk that is given to `end`. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.socket.write(chunk, done)
  }

  override _final(done: Done): void {
    this.socket.end(() => done())
  }

  override _destroy(error: Error | null, done: Done): void {
    this.abandon()
    done(error)
  }
}

/** Defined here and not in the class, because Node has getters for these, but its types declare properties. */
for (const name of ['writableCorked', 'writableLength', 'writableNeedDrain'] as const) {
  Object.defineProperty(FedSocket.prototype, name, {
    get(this: FedSocket): number | boolean {
      return this.socket[name]
    },
  })
}

/** Node takes it from the connection for the bodies of its requests. */
Object.defineProperty(FedSocket.prototype, 'readableHighWaterMark', { get: () => BODY_HIGH_WATER_BYTES })
