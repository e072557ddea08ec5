/** A stored body: written once, read by many; every chunk is shared, none is copied. */

import type { BodyReader, Trailers, Undo } from '../base/body.js'
import { CancelledError, ClosedError, InvalidArgumentError, TidewaitError, TruncatedBodyError } from '../base/errors.js'
import { callSafely } from './call-safely.js'

/**
 * | phase | next |
 * |---|---|
 * | streaming | complete (`finish`), failed (`fail`, or a length that is not the declared one) |
 * | complete, failed | - |
 */
export type BodyPhase = 'streaming' | 'complete' | 'failed'

/** A half-open range of bytes, as in `slice`: `end` is the first byte that is not wanted. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

export interface BodyOptions {
  /** Declared number of bytes, those around it included; a body that turns out longer or shorter fails. */
  readonly length?: number | undefined
  /** What is there before the first write, of a body that is stored already; shared, not copied. */
  readonly before?: readonly Uint8Array[] | undefined
  /** What comes after the last write; readers get it once the writer has finished. */
  readonly after?: readonly Uint8Array[] | undefined
  /** Where the bytes of a chunk shall live; gives back the place. Without it the written chunk itself is kept. */
  readonly keep?: (chunk: Uint8Array) => Uint8Array
}

/** Told while a body grows, and once when it has ended: the store that counts its bytes. */
export interface BodyWatcher {
  grew(): void
  ended(): void
}

/**
 * One chunk and the way to the next. Nobody but readers holds the way from the start, so that bytes which no
 * object keeps and every reader has passed are free while the writer still writes.
 */
class Link {
  next: Link | undefined = undefined
  constructor(readonly chunk: Uint8Array) {}
}

const NOTHING = new Uint8Array(0)

/** What the writer and all readers of one body share. */
class Feed {
  phase: BodyPhase = 'streaming'
  last = new Link(NOTHING)
  bytes = 0
  failure: unknown = undefined
  trailers: Trailers | undefined = undefined
  watcher: BodyWatcher | undefined = undefined
  waiting = new Set<Reader>()

  constructor(
    readonly declared: number | undefined,
    readonly keep: (chunk: Uint8Array) => Uint8Array,
    readonly after: readonly Uint8Array[],
  ) {}

  append(chunk: Uint8Array): void {
    this.share(this.keep(chunk))
  }

  /** Adds a chunk that lives where it shall already. */
  share(chunk: Uint8Array): void {
    const link = new Link(chunk)
    this.last.next = link
    this.last = link
    this.bytes += chunk.byteLength
    this.watcher?.grew()
    this.wake()
  }

  end(phase: 'complete' | 'failed'): void {
    this.phase = phase
    this.watcher?.ended()
    this.wake()
  }

  /** A woken reader may read, wait again, cancel itself or others: each batch is detached before its first call. */
  wake(): void {
    if (this.waiting.size === 0) return
    const batch = this.waiting
    this.waiting = new Set()
    for (const reader of batch) reader.wake()
  }
}

class Reader implements BodyReader {
  readonly #feed: Feed
  #link: Link | undefined
  #skip: number
  #left: number
  #listener: (() => void) | undefined = undefined
  #atEnd = false

  constructor(feed: Feed, first: Link, range: ByteRange | undefined) {
    this.#feed = feed
    this.#link = first
    this.#skip = range?.start ?? 0
    this.#left = range?.end === undefined ? Number.POSITIVE_INFINITY : Math.max(0, range.end - range.start)
  }

  get length(): number | undefined {
    return lengthOf(this.#feed)
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
    for (let next = this.#next(); next !== undefined && left > 0; next = next.next) {
      const part = cut(next.chunk, parts.length === 0 ? this.#skip : 0, left)
      left -= part.byteLength
      within -= part.byteLength
      if (within < 0) return undefined
      parts.push(part)
    }
    return parts
  }

  read(): Uint8Array | undefined {
    if (this.#link === undefined) throw new CancelledError()
    const next = this.#left === 0 ? undefined : this.#next()
    if (next !== undefined) return this.#take(next)
    if (this.#left > 0) {
      if (this.#feed.phase === 'streaming') throw new TidewaitError('Busy', 'no bytes are there yet')
      if (this.#feed.phase === 'failed') throw this.#feed.failure
    }
    this.#atEnd = true
    return undefined
  }

  onReady(listener: () => void): Undo {
    if (this.ready) {
      listener()
      return () => {}
    }
    this.#listener = listener
    this.#feed.waiting.add(this)
    return () => {
      if (this.#listener === listener) this.#stopWaiting()
    }
  }

  trailers(): Trailers | undefined {
    return this.#atEnd ? this.#feed.trailers : undefined
  }

  cancel(): void {
    this.#stopWaiting()
    this.#link = undefined
  }

  /** Not ready again means that it read on and waits anew, in a later batch. */
  wake(): void {
    const listener = this.#listener
    if (listener === undefined) return
    if (!this.ready) {
      this.#feed.waiting.add(this)
      return
    }
    this.#stopWaiting()
    callSafely(listener)
  }

  #stopWaiting(): void {
    this.#listener = undefined
    this.#feed.waiting.delete(this)
  }

  /** The next chunk with wanted bytes; what lies before the range is passed over here. */
  #next(): Link | undefined {
    let next = this.#link?.next
    while (next !== undefined && next.chunk.byteLength <= this.#skip) {
      this.#skip -= next.chunk.byteLength
      this.#link = next
      next = next.next
    }
    return next
  }

  #take(next: Link): Uint8Array {
    this.#link = next
    const part = cut(next.chunk, this.#skip, this.#left)
    this.#skip = 0
    this.#left -= part.byteLength
    return part
  }
}

/** The wanted part of a chunk, nearly always all of it. */
function cut(chunk: Uint8Array, skip: number, left: number): Uint8Array {
  const wanted = Math.min(chunk.byteLength - skip, left)
  return wanted === chunk.byteLength ? chunk : chunk.subarray(skip, skip + wanted)
}

function lengthOf(feed: Feed): number | undefined {
  return feed.phase === 'complete' ? feed.bytes : feed.declared
}

/** The one writer of a body. It keeps no byte alive. */
export class BodyWriter {
  readonly #feed: Feed
  /** Bytes that writes must not go beyond. */
  readonly #most: number

  /** @internal Made with its `StoredBody`. */
  constructor(feed: Feed) {
    this.#feed = feed
    const after = feed.after.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    this.#most = (feed.declared ?? Number.POSITIVE_INFINITY) - after
  }

  get phase(): BodyPhase {
    return this.#feed.phase
  }

  get bytes(): number {
    return this.#feed.bytes
  }

  /**
   * Adds a chunk, which the writer must not change afterwards. Never waits for readers.
   * Throws `TruncatedBodyError` when it goes beyond the declared length (the body has failed then), the failure
   * of a body that failed before, and `ClosedError` on a finished one.
   */
  write(chunk: Uint8Array): void {
    const feed = this.#open()
    if (chunk.byteLength === 0) return
    if (feed.bytes + chunk.byteLength > this.#most) {
      this.#failWith(new TruncatedBodyError(`more than the ${feed.declared} bytes declared`))
    }
    feed.append(chunk)
  }

  /** The clean end. Throws as `write` does; `TruncatedBodyError` when bytes are missing. */
  finish(trailers: Trailers = []): void {
    const feed = this.#open()
    if (feed.declared !== undefined && feed.bytes < this.#most) {
      this.#failWith(new TruncatedBodyError(`${feed.bytes} of ${feed.declared} bytes declared`))
    }
    for (const chunk of feed.after) feed.share(chunk)
    feed.trailers = trailers
    feed.end('complete')
  }

  /** The end that is not clean: readers get the bytes so far, then `error`. Harmless after the end. */
  fail(error: unknown = new TruncatedBodyError('the writer left before the end')): void {
    if (this.#feed.phase !== 'streaming') return
    this.#feed.failure = error
    this.#feed.end('failed')
  }

  #open(): Feed {
    if (this.#feed.phase === 'failed') throw this.#feed.failure
    if (this.#feed.phase === 'complete') throw new ClosedError('the body')
    return this.#feed
  }

  #failWith(error: TruncatedBodyError): never {
    this.fail(error)
    throw error
  }
}

/** A body from its first byte, for any number of readers, while it is written and afterwards. */
export class StoredBody {
  readonly writer: BodyWriter
  readonly #feed: Feed
  readonly #first: Link

  constructor(options: BodyOptions = {}) {
    const { length, keep = (chunk) => chunk, before = [], after = [] } = options
    this.#feed = new Feed(length, keep, after)
    this.#first = this.#feed.last
    for (const chunk of before) this.#feed.share(chunk)
    this.writer = new BodyWriter(this.#feed)
  }

  get phase(): BodyPhase {
    return this.#feed.phase
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#feed.bytes
  }

  /** Bytes of the whole body: declared, or known since it is complete. */
  get length(): number | undefined {
    return lengthOf(this.#feed)
  }

  /** Follows the body from byte 0, or reads one range of it. A range that ends before the body does has no trailers. */
  reader(range?: ByteRange): BodyReader {
    return new Reader(this.#feed, this.#first, range)
  }

  /**
   * The first `before` and the last `after` bytes of a complete body, to go around those of another; shared, not copied.
   * Throws `InvalidArgumentError` where it does not have as many, or not yet.
   */
  ends({ before, after }: { readonly before: number; readonly after: number }): {
    readonly before: readonly Uint8Array[]
    readonly after: readonly Uint8Array[]
  } {
    const { phase, bytes } = this
    if (before + after === 0) return { before: [], after: [] }
    if (phase !== 'complete') throw new InvalidArgumentError(`a body that is ${phase} has no bytes to share`)
    if (Math.max(before, after) > bytes) throw new InvalidArgumentError(`a body of ${bytes} bytes has no such ends`)
    return { before: this.#chunks({ start: 0, end: before }), after: this.#chunks({ start: bytes - after }) }
  }

  /** @internal One watcher at a time: the store that holds the body; `undefined` when it lets go. */
  watch(watcher: BodyWatcher | undefined): void {
    this.#feed.watcher = watcher
  }

  #chunks(range: ByteRange): readonly Uint8Array[] {
    const reader = this.reader(range)
    const chunks: Uint8Array[] = []
    for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) chunks.push(chunk)
    return chunks
  }
}
