/** Coalescing: which chunks of a body are so small that they are to be joined into one, and how. */

import { bytesOf, isBehind, joined } from '../base/body.js'
import { isSharedArrayBuffer } from '../base/realms.js'
import { Link } from './link.js'

/** A chunk below this size is small. The objects around a chunk weigh about a ninth of this. */
export const SMALL_BYTES = 2048
/** Small chunks are joined into chunks of at most this size. */
const MOST_JOINED_BYTES = 64 * 1024
/** Small chunks are joined each time so many have come. Until then the objects around them weigh some 30 KiB. */
export const MANY = 128

/** Joins the small chunks of one body as they come: the last joined chunk grows, until it has `MOST_JOINED_BYTES`. */
export class Coalescing {
  /** How often chunks were replaced by joined ones. */
  joins = 0
  /** The chunks up to this link stay as they are. `undefined` behind a large chunk, which it would keep in memory. */
  #settled: Link | undefined
  /** Small chunks that have come since chunks were last joined. */
  #small = 0
  #bytes = 0
  readonly #allocate: (run: Uint8Array) => readonly Uint8Array[]

  /** `allocate` puts a joined chunk where it is to stay. */
  constructor(first: Link, allocate: (run: Uint8Array) => readonly Uint8Array[]) {
    this.#settled = first
    this.#allocate = allocate
  }

  /** `last` has come. It is not joined before another has come, which is appended to it. */
  added(last: Link): void {
    const { byteLength } = last.chunk
    if (byteLength >= SMALL_BYTES) {
      if (this.#small > 0) this.join(last)
      this.#settled = undefined
      return
    }
    if (this.#settled === undefined) {
      this.#settled = last
      return
    }
    if (this.#small >= MANY || this.#bytes >= MOST_JOINED_BYTES) this.join(last)
    this.#small += 1
    this.#bytes += byteLength
  }

  /** Joins what has come before `end`; everything if that is `undefined`, once the body has ended. */
  join(end?: Link): void {
    this.#small = 0
    this.#bytes = 0
    let at = this.#settled
    while (at?.next !== undefined && at.next !== end) {
      const run = runFrom(at.next, end)
      if (run.length > 1) this.#replace(at, run)
      this.#settled = at
      at = at.next
    }
  }

  /** Puts one chunk in the place of `run`. Readers that have come to one of its links find the rest of their bytes in that chunk. */
  #replace(before: Link, run: readonly Link[]): void {
    this.joins += 1
    const behind = run.at(-1)?.next
    let last = before
    for (const chunk of this.#allocate(joinedRun(run.map(({ chunk }) => chunk)))) last = last.next = new Link(chunk)
    last.next = behind
    let read = 0
    for (const link of run) {
      read += link.byteLength
      link.joinedInto(before.next, read)
    }
  }
}

/**
 * The links from `first` on, before `end`, whose chunks are to be one: small ones, and perhaps a chunk before them that was joined
 * already. Chunks in shared memory are one run only where they are side by side: a copy would not be shared.
 */
function runFrom(first: Link, end: Link | undefined): readonly Link[] {
  const run = [first]
  let left = MOST_JOINED_BYTES - first.chunk.byteLength
  let last = first
  for (let at = first.next; at !== undefined && at !== end; at = at.next) {
    const { byteLength } = at.chunk
    if (byteLength >= SMALL_BYTES || byteLength > left || !canJoin(last.chunk, at.chunk)) break
    run.push(at)
    left -= byteLength
    last = at
  }
  return run
}

function canJoin(before: Uint8Array, after: Uint8Array): boolean {
  return isBehind(before, after) || !(isSharedArrayBuffer(before.buffer) || isSharedArrayBuffer(after.buffer))
}

/** One chunk with the bytes of a run, which has at least one: not copied, if they are side by side in memory. */
function joinedRun(chunks: readonly Uint8Array[]): Uint8Array {
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
