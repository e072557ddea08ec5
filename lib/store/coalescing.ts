/** Coalescing: which chunks of a body are so small that they are to be joined into one, and how. */

import { bytesOf, isBehind, joined } from '../base/body.js'
import { isSharedArrayBuffer } from '../base/realms.js'
import type { Link } from './feed.js'

/** A chunk below this size is small. The objects around a chunk weigh about a quarter of this. */
const SMALL_BYTES = 512
/** Small chunks are joined into chunks of at most this size. */
const MOST_JOINED_BYTES = 64 * 1024

/**
 * The run of small chunks that begins with the link `from`, ends before `end`, and fits into one chunk; empty, if the first is not
 * small. `behind` is the link after the run. Chunks in shared memory are one run only where they are side by side: a copy would
 * not be shared.
 */
export function smallChunksFrom(
  from: Link,
  end: Link | undefined,
): { readonly chunks: Uint8Array[]; readonly behind: Link | undefined } {
  const chunks: Uint8Array[] = []
  let left = MOST_JOINED_BYTES
  let at: Link | undefined = from
  while (at !== undefined && at !== end && at.chunk.byteLength < SMALL_BYTES && at.chunk.byteLength <= left) {
    const before = chunks.at(-1)
    if (before !== undefined && !canJoin(before, at.chunk)) break
    chunks.push(at.chunk)
    left -= at.chunk.byteLength
    at = at.next
  }
  return { chunks, behind: at }
}

function canJoin(before: Uint8Array, after: Uint8Array): boolean {
  return isBehind(before, after) || !(isSharedArrayBuffer(before.buffer) || isSharedArrayBuffer(after.buffer))
}

/** One chunk with the bytes of a run, which has at least one: not copied, if they are side by side in memory. */
export function joinedRun(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks as [Uint8Array]
  const isOne = chunks.every((chunk, at) => at === 0 || isBehind(chunks[at - 1] as Uint8Array, chunk))
  return isOne ? new Uint8Array(first.buffer, first.byteOffset, bytesOf(chunks)) : joined(chunks)
}

/**
 * `chunks` with neighbouring small ones joined. A body that grows part by part hands its chunks on to its successor each time,
 * and would otherwise collect ever more small ones.
 */
export function coalesced(chunks: readonly Uint8Array[]): Uint8Array[] {
  const result: Uint8Array[] = []
  let small: Uint8Array[] = []
  let bytes = 0
  const flush = () => {
    if (small.length > 0) result.push(small.length === 1 ? (small[0] as Uint8Array) : joined(small))
    small = []
    bytes = 0
  }
  for (const chunk of chunks) {
    const isSmall = chunk.byteLength < SMALL_BYTES
    if (!isSmall || bytes + chunk.byteLength > MOST_JOINED_BYTES) flush()
    if (isSmall) {
      small.push(chunk)
      bytes += chunk.byteLength
    } else result.push(chunk)
  }
  flush()
  return result
}
