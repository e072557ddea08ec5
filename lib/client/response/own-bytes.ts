/** Chunks that others may be reading as well, as a caller gets them: bytes of their own, or a text. */

import { joined } from '../../base/body.js'

/** A copy. `Buffer.slice` would not be one, and a transform or an injected fetch may have given a `Buffer`. */
export function own(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk)
}

const utf8 = new TextDecoder()

/** The text of `chunks` in UTF-8. A decoder takes no shared memory, so bytes that lie there are copied first. */
export function textOf(chunks: readonly Uint8Array[]): string {
  const [only] = chunks
  if (only === undefined) return ''
  return utf8.decode(chunks.length === 1 && only.buffer instanceof ArrayBuffer ? only : joined(chunks))
}
