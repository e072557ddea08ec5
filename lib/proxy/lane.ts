/** A socket whose octets somebody else has seen first: for `node:http` a stream like any other, with what else it asks of one. */

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

type Chunk = string | Uint8Array
type Done = (error?: Error | null) => void

/** As much as comes from a socket at once. */
const HIGH_WATER_BYTES = 64 * 1024

export class Lane extends Duplex {
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

  /** As that of a socket: sends what was written, then ends. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** As that of a socket: whoever reads there hears that it has not ended. */
  resetAndDestroy(): this {
    this.socket.resetAndDestroy()
    return this
  }

  /** Octets from the socket, which is not read on before there is room for more. */
  protected feed(octets: Uint8Array): void {
    if (!this.push(octets)) this.socket.pause()
  }

  /** Nobody reads or writes here any more. */
  protected abandon(): void {
    this.socket.destroy()
  }

  override _read(): void {
    this.socket.resume()
  }

  /** What is written is the socket's at once: what it has not sent yet lies there, and nowhere else. */
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

  /** The last piece, given to `end`. */
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

/** Getters to Node, properties to its types. */
for (const name of ['writableCorked', 'writableLength', 'writableNeedDrain'] as const) {
  Object.defineProperty(Lane.prototype, name, {
    get(this: Lane): number | boolean {
      return this.socket[name]
    },
  })
}
