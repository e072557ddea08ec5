/** A stored body, written once and read by many: readers share its chunks, and none is copied for them. */

import { atOnce, type Source } from '../base/announcer.js'
import { type BodyReader, type ByteRange, bytesOf, type Trailers } from '../base/body.js'
import { ClosedError, InvalidArgumentError, TruncatedBodyError } from '../base/errors.js'
import type { Undo } from '../base/undo.js'
import { coalesced } from './coalescing.js'
import type { Purpose } from './demand.js'
import { asItCame, type BodyPhase, type BodyWatcher, Feed } from './feed.js'
import type { Link } from './link.js'
import { Reader } from './reader.js'
import { SeekIndex } from './seek-index.js'

export interface BodyOptions {
  /** Declared number of bytes, `before` and `after` included. A body that turns out longer or shorter fails. */
  readonly length?: number | undefined
  /** Chunks ahead of the first write, from a body that is stored already; shared, not copied. */
  readonly before?: readonly Uint8Array[] | undefined
  /** Chunks behind the last write, likewise. Readers get them once the writer has finished. */
  readonly after?: readonly Uint8Array[] | undefined
  /** Copies a chunk, if need be, to where it is to stay, and returns its parts there. By default the chunk itself is kept. */
  readonly allocate?: (chunk: Uint8Array) => readonly Uint8Array[]
}

const NONE: readonly Uint8Array[] = []

/** The one writer of a body. It keeps none of the written bytes in memory but the last chunks, which may still be joined. */
export class BodyWriter implements Source {
  readonly #feed: Feed
  /** Size of the body at which writes must have ended. */
  readonly #most: number

  /** @internal Made with its `StoredBody`. */
  constructor(feed: Feed) {
    this.#feed = feed
    this.#most = (feed.declared ?? Number.POSITIVE_INFINITY) - bytesOf(feed.after)
  }

  get phase(): BodyPhase {
    return this.#feed.phase
  }

  /** Whether the writer need not wait for readers before its next write. */
  get ready(): boolean {
    return this.#feed.demand?.ready ?? true
  }

  onReady(listener: () => void): Undo {
    return this.#feed.demand?.onReady(listener) ?? atOnce(listener)
  }

  /** Whether further writes are of no use to anybody. */
  get isDeserted(): boolean {
    return this.#feed.demand?.isDeserted ?? false
  }

  /** Calls `listener` whenever the last reader leaves and the body is deserted. One listener at a time. */
  onDeserted(listener: () => void): void {
    const { demand } = this.#feed
    if (demand !== undefined) demand.desertedListener = listener
  }

  /** Whether `reader` reads this body. */
  isFollowedBy(reader: BodyReader): boolean {
    return reader instanceof Reader && reader.follows(this.#feed)
  }

  /** Whether a reader for which `counts` returns true waits for more bytes. */
  isAwaited(counts: (reader: BodyReader) => boolean): boolean {
    for (const reader of this.#feed.demand?.waiting ?? []) if (counts(reader as Reader)) return true
    return false
  }

  /**
   * Adds a chunk, which the writer must not change afterwards. Never waits for readers. Throws `TruncatedBodyError` if the
   * chunk goes beyond the declared length, and the body fails with that; the body's failure, if it had failed before; and
   * `ClosedError` on a finished body.
   */
  write(chunk: Uint8Array): void {
    const feed = this.#open()
    if (chunk.byteLength === 0) return
    if (feed.bytes + chunk.byteLength > this.#most) {
      this.#failWith(new TruncatedBodyError(`more than the ${feed.declared} bytes declared`))
    }
    feed.append(chunk)
  }

  /** Ends the body cleanly. Throws as `write` does, and `TruncatedBodyError` if bytes are missing. */
  finish(trailers: Trailers = []): void {
    const feed = this.#open()
    if (feed.declared !== undefined && feed.bytes < this.#most) {
      this.#failWith(new TruncatedBodyError(`${feed.bytes} of ${feed.declared} bytes declared`))
    }
    for (const chunk of feed.after) feed.share(chunk)
    feed.trailers = trailers.length > 0 && feed.allowed ? feed.allowed(trailers) : trailers
    feed.end('complete')
  }

  /** Ends the body with a failure: readers get the bytes so far, then `error`. Harmless after the end. */
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
  /** Made when a reader first begins in the middle, and made anew once chunks were joined. */
  #seek: { readonly index: SeekIndex; readonly joins: number | undefined } | undefined = undefined

  constructor(options: BodyOptions = {}) {
    const { length, allocate = asItCame, before = NONE, after = NONE } = options
    this.#feed = new Feed(length, allocate, after)
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

  /** Bytes of the whole body; `undefined` while it is neither declared nor complete. */
  get length(): number | undefined {
    return this.#feed.length
  }

  /** From now on `purpose` is asked, each time anew, for what purpose the body is written. The default is `kept`. */
  serve(purpose: () => Purpose): void {
    const { demand } = this.#feed
    if (demand !== undefined) demand.purpose = purpose
  }

  /** As `Feed.limitTrailers`. */
  limitTrailers(allowed: (trailers: Trailers) => Trailers): void {
    this.#feed.limitTrailers(allowed)
  }

  /** Counts one who may begin to read, until `leave` is called. */
  follow(): void {
    this.#feed.demand?.follow()
  }

  /** As often as `follow`. */
  leave(): void {
    this.#feed.demand?.leave()
  }

  /** Reads the body from byte 0, or one range of it. A range with an end has no trailers. */
  reader(range?: ByteRange): BodyReader {
    if (range === undefined || range.start === 0) return new Reader(this.#feed, this.#first, range)
    const joins = this.#feed.coalescing?.joins
    if (this.#seek?.joins !== joins) this.#seek = undefined
    this.#seek ??= { index: new SeekIndex(this.#first), joins }
    const { link, bytes } = this.#seek.index.before(range.start)
    const end = range.end === undefined ? undefined : range.end - bytes
    return new Reader(this.#feed, link, { start: range.start - bytes, end })
  }

  /**
   * The first `before` and the last `after` bytes of a complete body, as chunks to put around those of another; shared, not
   * copied. Throws `InvalidArgumentError` if the body is not complete or has fewer bytes.
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

  /** @internal Sets the one watcher, the store that holds the body; `undefined` when the store lets go of it. */
  watch(watcher: BodyWatcher | undefined): void {
    this.#feed.watcher = watcher
  }

  /** @internal Joins the last small chunks, too: the body has ended, and is kept. */
  coalesce(): void {
    this.#feed.coalescing?.join()
    this.#feed.coalescing = undefined
    // The index would keep the chunks that were joined in memory.
    this.#seek = undefined
  }

  #chunks(range: ByteRange): readonly Uint8Array[] {
    const reader = this.reader(range)
    const chunks: Uint8Array[] = []
    for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) chunks.push(chunk)
    return coalesced(chunks)
  }
}
