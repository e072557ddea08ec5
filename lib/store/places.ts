/** Where the bytes of a stored body lie: in few pieces, and where other threads read them, in shared memory. */

/** Smaller bodies stay as they came: they came in one chunk, and are copied to whoever reads them in another thread. */
const SMALL_BYTES = 16 * 1024
/** Chunks of one body lie side by side in pieces of this many bytes, so that a reader has few of them to take. */
const PIECE_BYTES = 1024 * 1024

type Keep = (chunk: Uint8Array) => readonly Uint8Array[]

/** A place for each chunk of one body, in one piece or in several: `length` is what the body declares. */
export function sharedPlaces(length: number | undefined): Keep {
  if (length === undefined) return (chunk) => (chunk.byteLength < SMALL_BYTES ? asItCame(chunk) : [copied(chunk)])
  if (length < SMALL_BYTES) return asItCame
  const places = new Places(length, (bytes) => new SharedArrayBuffer(bytes))
  return (chunk) => places.put(chunk)
}

/** The same for readers in this thread: what fits in one piece is one, and of what does not no byte is copied. */
export function ownPlaces(length: number | undefined): Keep {
  if (length === undefined || length < SMALL_BYTES || length > PIECE_BYTES) return asItCame
  const places = new Places(length, (bytes) => new ArrayBuffer(bytes))
  return (chunk) => (chunk.byteLength === length ? [chunk] : places.put(chunk))
}

/** A chunk may be the small part of a buffer that all of it would keep in memory. */
function asItCame(chunk: Uint8Array): readonly Uint8Array[] {
  return [chunk.byteLength * 2 < chunk.buffer.byteLength ? new Uint8Array(chunk) : chunk]
}

class Places {
  /** Bytes that no piece was made for. */
  #left: number
  /** What is free of the last piece. */
  #free: Uint8Array = new Uint8Array(0)

  readonly #allocate: (bytes: number) => ArrayBufferLike

  constructor(length: number, allocate: (bytes: number) => ArrayBufferLike) {
    this.#left = length
    this.#allocate = allocate
  }

  put(chunk: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = []
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#free.byteLength === 0) this.#free = this.#piece()
      const bytes = Math.min(this.#free.byteLength, chunk.byteLength - at)
      const part = this.#free.subarray(0, bytes)
      part.set(chunk.subarray(at, at + bytes))
      parts.push(part)
      this.#free = this.#free.subarray(bytes)
      at += bytes
    }
    return parts
  }

  /** Nothing is set aside for a length that may be a lie, beyond one piece. */
  #piece(): Uint8Array {
    const bytes = Math.min(PIECE_BYTES, this.#left)
    this.#left -= bytes
    return new Uint8Array(this.#allocate(bytes))
  }
}

function copied(chunk: Uint8Array): Uint8Array {
  const place = new Uint8Array(new SharedArrayBuffer(chunk.byteLength))
  place.set(chunk)
  return place
}
