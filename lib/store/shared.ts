/** Where the bytes of a body lie so that every thread can read them: in shared memory, little of it in many pieces. */

/** Bodies from here on are shared; smaller ones are copied to whoever reads them. */
const SHARED_BYTES = 16 * 1024
/** Chunks of one body lie side by side in pieces of this many bytes, so that a reader has few of them to take. */
const PIECE_BYTES = 1024 * 1024

/** A place for each chunk of one body, in one piece or in several: `length` is what the body declares. */
export function sharedPlaces(length: number | undefined): (chunk: Uint8Array) => readonly Uint8Array[] {
  if (length === undefined) return (chunk) => [chunk.byteLength < SHARED_BYTES ? chunk : copied(chunk)]
  if (length < SHARED_BYTES) return (chunk) => [chunk]
  const places = new Places(length)
  return (chunk) => places.put(chunk)
}

class Places {
  /** Bytes that no piece was made for. */
  #left: number
  /** What is free of the last piece. */
  #free: Uint8Array = new Uint8Array(0)

  constructor(length: number) {
    this.#left = length
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
    return new Uint8Array(new SharedArrayBuffer(bytes))
  }
}

function copied(chunk: Uint8Array): Uint8Array {
  const place = new Uint8Array(new SharedArrayBuffer(chunk.byteLength))
  place.set(chunk)
  return place
}
