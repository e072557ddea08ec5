/** Allocators put the bytes of a large body in few blocks of memory, shared if other threads read them. */

/** Smaller bodies are left as they came: mostly in one chunk, which is copied for a reader in another thread. */
const SMALL_BYTES = 16 * 1024
/** The chunks of one body are put side by side in blocks of this size, so that a reader has few of them to take. */
const BLOCK_BYTES = 1024 * 1024

/** Copies one chunk, if need be, to where it is to stay; see `BodyOptions.allocate`. */
type Allocate = (chunk: Uint8Array) => readonly Uint8Array[]

/**
 * Allocates shared memory for the chunks of one body; small bodies, and small chunks of a body of unknown length, stay as they
 * came. `length` is how many bytes will be written, if that is known.
 */
export function sharedAllocator(length: number | undefined): Allocate {
  if (length === undefined) return (chunk) => (chunk.byteLength < SMALL_BYTES ? trimmed(chunk) : [copied(chunk)])
  if (length < SMALL_BYTES) return trimmed
  const blocks = new Blocks(length, (bytes) => new SharedArrayBuffer(bytes))
  return (chunk) => blocks.put(chunk)
}

/** As `sharedAllocator`, for readers in this thread alone: a body that fits into one block gets one, and others stay as they came. */
export function localAllocator(length: number | undefined): Allocate {
  if (length === undefined || length < SMALL_BYTES || length > BLOCK_BYTES) return trimmed
  const blocks = new Blocks(length, (bytes) => new ArrayBuffer(bytes))
  return (chunk) => (chunk.byteLength === length ? [chunk] : blocks.put(chunk))
}

/** The chunk itself; or a copy, if it is less than half of its buffer, all of which it would keep in memory. */
function trimmed(chunk: Uint8Array): readonly Uint8Array[] {
  return [chunk.byteLength * 2 < chunk.buffer.byteLength ? new Uint8Array(chunk) : chunk]
}

class Blocks {
  /** Bytes for which no block was allocated yet. */
  #left: number
  /** The free part of the last block. */
  #free: Uint8Array = new Uint8Array(0)

  readonly #allocate: (bytes: number) => ArrayBufferLike

  constructor(length: number, allocate: (bytes: number) => ArrayBufferLike) {
    this.#left = length
    this.#allocate = allocate
  }

  put(chunk: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = []
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#free.byteLength === 0) this.#free = this.#block()
      const bytes = Math.min(this.#free.byteLength, chunk.byteLength - at)
      const part = this.#free.subarray(0, bytes)
      part.set(chunk.subarray(at, at + bytes))
      parts.push(part)
      this.#free = this.#free.subarray(bytes)
      at += bytes
    }
    return parts
  }

  /** Allocates one block at a time: the declared length may be a lie. */
  #block(): Uint8Array {
    const bytes = Math.min(BLOCK_BYTES, this.#left)
    this.#left -= bytes
    return new Uint8Array(this.#allocate(bytes))
  }
}

function copied(chunk: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(chunk.byteLength))
  copy.set(chunk)
  return copy
}
