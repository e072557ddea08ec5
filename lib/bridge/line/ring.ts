/** A lock-free queue of byte frames in shared memory, for one writing and one reading thread. */

/** Control words a ring needs: how many bytes were ever written, and how many were ever read. */
export const RING_WORDS = 2
const WRITTEN = 0
const READ = 1
const LENGTH_BYTES = 4
/** Stands in place of a frame's length: the rest of the memory was too short for the frame, which lies at the beginning instead. */
const AT_BEGINNING = -1

/**
 * Both counts only grow, modulo 2^32. A frame is contiguous, so it is written and read in place. Advancing the written count
 * publishes the frame, as the last step of writing it: a writer that dies in the middle of a frame has written nothing.
 */
export class Ring {
  /** The memory of the frames. Each begins at a multiple of four. */
  readonly bytes: Buffer
  readonly #control: Int32Array
  readonly #words: Int32Array
  /** How many bytes were not free after the last claim that succeeded, its own included. */
  taken = 0
  /** Where the claimed frame, or the oldest one, begins in the memory. */
  #at = 0
  /** The count of bytes written, or read, up to that frame. */
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
   * Claims room for a frame of `length` bytes. Returns where in `bytes` it begins, or -1 if there is no room. A frame that
   * takes up to half the memory, its length included, fits at the latest when all frames were read.
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

  /** Makes the claimed frame visible to the reader. `length` is its final length, at most the claimed one. */
  publish(length: number): void {
    this.#words[this.#at >> 2] = length
    Atomics.store(this.#control, WRITTEN, (this.#next + LENGTH_BYTES + padded(length)) | 0)
  }

  /** Where in `bytes` the oldest frame begins, or -1 if there is none. The frame stays there until `release`. */
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

  /** The length of the oldest frame, in bytes. */
  get length(): number {
    return this.#words[this.#at >> 2] as number
  }

  /** Gives the room of the oldest frame, which was read, back to the writer. */
  release(): void {
    Atomics.store(this.#control, READ, (this.#next + LENGTH_BYTES + padded(this.length)) | 0)
  }
}

function padded(length: number): number {
  return (length + 3) & ~3
}
