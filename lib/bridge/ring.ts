/** A queue of byte frames in shared memory, with one writing thread and one reading thread. Nobody ever waits in here. */

/** Words of control a ring needs: how much was ever written, and how much was ever read. */
export const RING_WORDS = 2
const WRITTEN = 0
const READ = 1
const LENGTH_BYTES = 4
const NONE = new Uint8Array(0)

/**
 * Both counts only grow, modulo 2^32; a frame is published by the last step of writing it. A writer that dies in the middle
 * of a frame has written nothing.
 */
export class Ring {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #lengths: DataView

  /** `bytes` must be a power of two long, and begin at a multiple of four. */
  constructor(words: Int32Array, bytes: Uint8Array) {
    this.#words = words
    this.#bytes = bytes
    this.#lengths = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#words, WRITTEN) === Atomics.load(this.#words, READ)
  }

  /** Appends the parts as one frame. False, with nothing written, where there is no room for it. */
  write(parts: readonly Uint8Array[]): boolean {
    const length = parts.reduce((bytes, part) => bytes + part.byteLength, 0)
    const written = Atomics.load(this.#words, WRITTEN)
    const free = this.#bytes.byteLength - ((written - Atomics.load(this.#words, READ)) >>> 0)
    if (padded(length) + LENGTH_BYTES > free) return false
    this.#lengths.setUint32(this.#at(written), length, true)
    let at = written + LENGTH_BYTES
    for (const part of parts) {
      this.#copyIn(at, part)
      at += part.byteLength
    }
    Atomics.store(this.#words, WRITTEN, (written + LENGTH_BYTES + padded(length)) | 0)
    return true
  }

  /** The oldest frame, copied out, or `undefined`. */
  read(): Uint8Array | undefined {
    const read = Atomics.load(this.#words, READ)
    if (read === Atomics.load(this.#words, WRITTEN)) return undefined
    const length = this.#lengths.getUint32(this.#at(read), true)
    const frame = length === 0 ? NONE : this.#copyOut(read + LENGTH_BYTES, length)
    Atomics.store(this.#words, READ, (read + LENGTH_BYTES + padded(length)) | 0)
    return frame
  }

  #at(count: number): number {
    return count & (this.#bytes.byteLength - 1)
  }

  #copyIn(count: number, part: Uint8Array): void {
    const at = this.#at(count)
    const first = Math.min(part.byteLength, this.#bytes.byteLength - at)
    this.#bytes.set(first === part.byteLength ? part : part.subarray(0, first), at)
    if (first < part.byteLength) this.#bytes.set(part.subarray(first), 0)
  }

  #copyOut(count: number, length: number): Uint8Array {
    const at = this.#at(count)
    const frame = new Uint8Array(length)
    const first = Math.min(length, this.#bytes.byteLength - at)
    frame.set(this.#bytes.subarray(at, at + first))
    if (first < length) frame.set(this.#bytes.subarray(0, length - first), first)
    return frame
  }
}

function padded(length: number): number {
  return (length + 3) & ~3
}
