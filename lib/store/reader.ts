/** One reader of a stored body, at its own position; it slows no other reader. Whether the writer waits is up to `demand.ts`. */

import { Announcer } from '../base/announcer.js'
import { type BodyReader, type ByteRange, isBehind, NO_TRAILERS, type Trailers } from '../base/body.js'
import { callSafely } from '../base/call-safely.js'
import { CancelledError, TidewaitError, TruncatedBodyError } from '../base/errors.js'
import type { Feed } from './feed.js'
import type { Link } from './link.js'

export class Reader extends Announcer implements BodyReader {
  readonly #feed: Feed
  #link: Link | undefined
  #skip: number
  #left: number
  #state: 'reading' | 'ended' | 'cancelled' = 'reading'

  constructor(feed: Feed, first: Link, range: ByteRange | undefined) {
    super()
    this.#feed = feed
    this.#link = first
    this.#skip = range?.start ?? 0
    this.#left = range?.end === undefined ? Number.POSITIVE_INFINITY : Math.max(0, range.end - range.start)
    feed.demand?.follow()
  }

  follows(feed: Feed): boolean {
    return this.#feed === feed
  }

  get length(): number | undefined {
    return this.#feed.length
  }

  get ready(): boolean {
    return (
      this.#next() !== undefined || this.#left === 0 || this.#link === undefined || this.#feed.phase !== 'streaming'
    )
  }

  inHand(limit: number): readonly Uint8Array[] | undefined {
    if (this.#feed.phase !== 'complete' || this.#feed.trailers?.length) return undefined
    const parts: Uint8Array[] = []
    let left = this.#left
    let within = limit
    this.#next()
    let link = this.#link
    for (let skip = this.#skip; link?.next !== undefined && left > 0; link = link.next) {
      skip += link.skip
      if (isPassed(link.next, skip)) {
        skip -= link.next.byteLength
        continue
      }
      const part = cut(link.next.chunk, skip, left)
      skip = 0
      left -= part.byteLength
      within -= part.byteLength
      if (within < 0) return undefined
      const before = parts.at(-1)
      if (before !== undefined && isBehind(before, part)) parts[parts.length - 1] = together(before, part)
      else parts.push(part)
    }
    // A range may end behind the body, if it was opened before the length was known: `read` throws where the bytes are missing.
    return left === 0 || left === Number.POSITIVE_INFINITY ? parts : undefined
  }

  read(): Uint8Array | undefined {
    if (this.#link === undefined) throw new CancelledError()
    const next = this.#left === 0 ? undefined : this.#next()
    if (next !== undefined) return this.#take(next)
    if (this.#left > 0) {
      if (this.#feed.phase === 'streaming') throw new TidewaitError('Busy', 'no bytes are there yet')
      if (this.#feed.phase === 'failed') throw this.#feed.failure
      if (this.#left !== Number.POSITIVE_INFINITY) throw new TruncatedBodyError('the body ended before the range did')
    }
    this.#leave('ended')
    return undefined
  }

  /** Trailers describe the whole body, so a range with an end has none. */
  trailers(): Trailers | undefined {
    if (this.#state !== 'ended') return undefined
    return this.#left === 0 ? NO_TRAILERS : this.#feed.trailers
  }

  cancel(): void {
    this.dropListener()
    this.#link = undefined
    this.#leave('cancelled')
  }

  /** Waits again if it is not ready after all: the chunk lies before its range, or another listener has made it read that. */
  wake(): void {
    if (!this.isAwaited) return
    if (this.ready) callSafely(() => this.announce())
    else this.#feed.demand?.wait(this)
  }

  protected override awaited(by: 1 | -1): void {
    if (by === 1) this.#feed.demand?.wait(this)
    else this.#feed.demand?.stopWaiting(this)
  }

  #leave(state: 'ended' | 'cancelled'): void {
    if (this.#state !== 'reading') return
    this.#state = state
    this.#feed.demand?.leave()
  }

  /**
   * The next link with wanted bytes. Skips the chunks before the range, and those that were joined since: then `#skip` is negative,
   * and together with the `skip` of the link says where in the joined chunk the unread bytes begin.
   */
  #next(): Link | undefined {
    let link = this.#link
    while (link?.next !== undefined && isPassed(link.next, this.#skip + link.skip)) {
      this.#skip += link.skip - link.next.byteLength
      link = this.#link = link.next
    }
    return link?.next
  }

  /** Takes the wanted bytes of `first` and of the chunks behind it that are adjacent in memory, as one chunk. */
  #take(first: Link): Uint8Array {
    const skip = this.#skip + (this.#link?.skip ?? 0)
    let last = first
    let bytes = first.chunk.byteLength
    for (let next = first.next; next !== undefined && isBehind(last.chunk, next.chunk); next = next.next) {
      bytes += next.chunk.byteLength
      last = next
    }
    this.#link = last
    const { buffer, byteOffset } = first.chunk
    const together = last === first ? first.chunk : new Uint8Array(buffer, byteOffset, bytes)
    const part = cut(together, skip, this.#left)
    this.#skip = 0
    this.#left -= part.byteLength
    return part
  }
}

/** Whether the bytes of `link` after the first `skip` are to be found behind it: there are none, or its chunk was joined with others. */
function isPassed({ byteLength, skip: joined }: Link, skip: number): boolean {
  return byteLength <= skip || joined > 0
}

/** The wanted part of a chunk, nearly always all of it. */
function cut(chunk: Uint8Array, skip: number, left: number): Uint8Array {
  const wanted = Math.min(chunk.byteLength - skip, left)
  return wanted === chunk.byteLength ? chunk : chunk.subarray(skip, skip + wanted)
}

function together(before: Uint8Array, after: Uint8Array): Uint8Array {
  return new Uint8Array(before.buffer, before.byteOffset, before.byteLength + after.byteLength)
}
