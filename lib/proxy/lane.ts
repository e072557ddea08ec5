/** A socket whose octets somebody else has seen first: for `node:http` a stream like any other, with what else it asks of one. */

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { bytesOf } from '../base/body.js'

type Done = (error?: Error | null) => void

/** As much as comes from a socket at once. */
const HIGH_WATER_BYTES = 64 * 1024
const SMALL_BYTES = 16 * 1024

export class Lane extends Duplex {
  constructor(readonly socket: Socket) {
    super({ readableHighWaterMark: HIGH_WATER_BYTES, writableHighWaterMark: socket.writableHighWaterMark })
    this.on('error', () => {})
    socket
      .on('end', () => this.push(null))
      .on('error', (error) => this.destroy(error))
      .on('close', () => this.destroy())
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  get bytesRead(): number {
    return this.socket.bytesRead
  }

  get bytesWritten(): number {
    return this.socket.bytesWritten
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

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.socket.write(chunk, done)
  }

  /** What is small is copied into one piece: for the system, several cost more than that. */
  override _writev(chunks: readonly { chunk: Buffer }[], done: Done): void {
    const pieces = chunks.map(({ chunk }) => chunk)
    if (bytesOf(pieces) <= SMALL_BYTES) return void this.socket.write(Buffer.concat(pieces), done)
    const last = pieces.length - 1
    this.socket.cork()
    for (const [at, piece] of pieces.entries()) this.socket.write(piece, at === last ? done : undefined)
    this.socket.uncork()
  }

  override _final(done: Done): void {
    this.socket.end(() => done())
  }

  override _destroy(error: Error | null, done: Done): void {
    this.abandon()
    done(error)
  }
}
