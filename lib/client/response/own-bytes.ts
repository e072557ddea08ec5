/** Copies shared chunks for a caller: as bytes of its own, or as a text. */

import { joined } from '../../base/body.js'

/** A copy. Not by `slice`: the chunk may be a `Buffer`, from a transform or an injected fetch, whose `slice` shares memory. */
export function own(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk)
}

const utf8 = new TextDecoder()

/** `chunks` decoded as UTF-8. A decoder takes no shared memory, so bytes in shared memory are copied first. */
export function textOf(chunks: readonly Uint8Array[]): string {
  const [only] = chunks
  if (only === undefined) return ''
  return utf8.decode(chunks.length === 1 && only.buffer instanceof ArrayBuffer ? only : joined(chunks))
}
