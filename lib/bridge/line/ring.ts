/** A queue of byte frames in shared memory, with one writing thread and one reading thread. Nobody ever waits in here. */

/** Words of control a ring needs: how much was ever written, and how much was ever read. */
export const RING_WORDS = 2
const WRITTEN = 0
const READ = 1
const LENGTH_BYTES = 4
/** In the place of a length: what is left of the memory was too short, and the frame is at its beginning. */
const AT_BEGINNING = -1

/**
 * Both counts only grow, modulo 2^32. A frame lies in one piece, so that it is made and read where it is, and it is published
 * by the last step of writing it: a writer that dies in the middle of a frame has written nothing.
 */
export class Ring {
  /** Where the frames lie; each begins at a multiple of four. */
  readonly bytes: Buffer
  readonly #control: Int32Array
  readonly #words: Int32Array
  /** Bytes that are not free, those that were claimed last included. */
  taken = 0
  /** Of the frame that is claimed, or read. */
  #at = 0
  #next = 0

  /** `bytes` must be a power of two long, and begin at a multiple of four. */
  constructor(control: Int32Array, bytes: Uint8Array) {
    this.#control = control
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#control, WRITTEN) === Atomics.load(this.#control, READ)
  }

  /**
   * Room for a frame of `length` bytes: where in `bytes` it begins, or -1 where there is none. One of up to half the memory
   * has room at the latest when everything was read.
   */
  claim(length: number): number {
    const size = this.bytes.byteLength
    const written = Atomics.load(this.#control, WRITTEN)
    const free = size - ((written - Atomics.load(this.#control, READ)) >>> 0)
    const at = written & (size - 1)
    const needed = LENGTH_BYTES + padded(length)
    const skipped = needed > size - at ? size - at : 0
    if (skipped + needed > free) return -1
    this.taken = size - free + skipped + needed
    if (skipped > 0) this.#words[at >> 2] = AT_BEGINNING
    this.#at = skipped > 0 ? 0 : at
    this.#next = written + skipped
    return this.#at + LENGTH_BYTES
  }

  /** Lets the reader have the claimed frame, which has become `length` bytes long: no longer than was claimed. */
  publish(length: number): void {
    this.#words[this.#at >> 2] = length
    Atomics.store(this.#control, WRITTEN, (this.#next + LENGTH_BYTES + padded(length)) | 0)
  }

  /** Where in `bytes` the oldest frame begins, or -1. It stays there until `release`. */
  oldest(): number {
    const size = this.bytes.byteLength
    const read = Atomics.load(this.#control, READ)
    if (read === Atomics.load(this.#control, WRITTEN)) return -1
    const at = read & (size - 1)
    const skipped = this.#words[at >> 2] === AT_BEGINNING ? size - at : 0
    this.#at = skipped > 0 ? 0 : at
    this.#next = read + skipped
    return this.#at + LENGTH_BYTES
  }

  /** Bytes of the oldest frame. */
  get length(): number {
    return this.#words[this.#at >> 2] as number
  }

  /** Makes room: the oldest frame was read. */
  release(): void {
    Atomics.store(this.#control, READ, (this.#next + LENGTH_BYTES + padded(this.length)) | 0)
  }
}

function padded(length: number): number {
  return (length + 3) & ~3
}
