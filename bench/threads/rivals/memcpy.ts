/** The floor: one copy of the body within memory. No rival that gives the caller its own bytes can be faster. */

import type { BodyReader } from '../body-reader.js'

function copying(target: (bytes: number) => Uint8Array): BodyReader {
  let source: Uint8Array = new Uint8Array(0)
  return {
    prepare(bytes) {
      source = new Uint8Array(new SharedArrayBuffer(bytes)).fill('a'.charCodeAt(0))
    },
    read() {
      const copy = target(source.byteLength)
      copy.set(source)
      return copy
    },
    close() {},
  }
}

/** Copies into newly allocated memory, as is necessary if the bytes are to belong to the caller alone. */
export const fresh = copying((bytes) => new Uint8Array(bytes))

let reused: Uint8Array = new Uint8Array(0)

/** Copies into the same memory every time. A cache cannot do this, because the caller keeps the bytes. */
export const used = copying((bytes) => {
  if (reused.byteLength !== bytes) reused = new Uint8Array(bytes)
  return reused
})
