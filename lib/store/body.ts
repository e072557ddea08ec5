/** A stored body: written once, read by many; every chunk is shared, none is copied. */

import { atOnce, type Source } from '../base/announcer.js'
import { type BodyReader, type ByteRange, bytesOf, joined, type Trailers } from '../base/body.js'
import { ClosedError, InvalidArgumentError, TruncatedBodyError } from '../base/errors.js'
import type { Undo } from '../base/undo.js'
import { crumbsFrom, withoutCrumbs } from './crumbs.js'
import type { Purpose } from './demand.js'
import { type BodyPhase, type BodyWatcher, Feed, Link } from './feed.js'
import { Milestones } from './milestones.js'
import { Reader } from './reader.js'

export interface BodyOptions {
  /** Declared number of bytes, those around it included; a body that turns out longer or shorter fails. */
  readonly length?: number | undefined
  /** What is there before the first write, of a body that is stored already; shared, not copied. */
  readonly before?: readonly Uint8Array[] | undefined
  /** What comes after the last write; readers get it once the writer has finished. */
  readonly after?: readonly Uint8Array[] | undefined
  /** Puts the bytes of a chunk where they are to live, and gives back those places. Without it the written chunk itself is kept. */
  readonly keep?: (chunk: Uint8Array) => readonly Uint8Array[]
}

const NONE: readonly Uint8Array[] = []

function asItCame(chunk: Uint8Array): readonly Uint8Array[] {
  return [chunk]
}

/** The one writer of a body. It keeps no byte alive. */
export class BodyWriter implements Source {
  readonly #feed: Feed
  /** Bytes that writes must not go beyond. */
  readonly #most: number

  /** @internal Made with its `StoredBody`. */
  constructor(feed: Feed) {
    this.#feed = feed
    this.#most = (feed.declared ?? Number.POSITIVE_INFINITY) - bytesOf(feed.after)
  }

  get phase(): BodyPhase {
    return this.#feed.phase
  }

  /** Whether there is nothing to wait for before the next write. */
  get ready(): boolean {
    return this.#feed.demand?.ready ?? true
  }

  onReady(listener: () => void): Undo {
    return this.#feed.demand?.onReady(listener) ?? atOnce(listener)
  }

  /** Whether what is written is of no use to anybody any more. */
  get isDeserted(): boolean {
    return this.#feed.demand?.isDeserted ?? false
  }

  /** Calls `listener` whenever its last reader leaves it deserted. One listener at a time. */
  onDeserted(listener: () => void): void {
    const { demand } = this.#feed
    if (demand !== undefined) demand.desertedListener = listener
  }

  /** Whether `reader` reads what is written here. */
  isFollowedBy(reader: BodyReader): boolean {
    return reader instanceof Reader && reader.follows(this.#feed)
  }

  /** Whether one of its readers that count waits for more. */
  isAwaited(counts: (reader: BodyReader) => boolean): boolean {
    for (const reader of this.#feed.demand?.waiting ?? []) if (counts(reader as Reader)) return true
    return false
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

/** So many chunks of a body that still comes are worth a look at which of them are small. */
const MANY = 4096

/** A body from its first byte, for any number of readers, while it is written and afterwards. */
export class StoredBody {
  readonly writer: BodyWriter
  readonly #feed: Feed
  readonly #first: Link
  /** Up to here, small chunks were put together. */
  #tidied: Link
  /** Made when somebody first reads from the middle. */
  #milestones: Milestones | undefined = undefined

  constructor(options: BodyOptions = {}) {
    const { length, keep = asItCame, before = NONE, after = NONE } = options
    this.#feed = new Feed(length, keep, after)
    this.#first = this.#feed.last
    this.#tidied = this.#first
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
    return this.#feed.length
  }

  /** Says what it is written for, from now on; for those who come later, unless it is told. */
  serve(purpose: () => Purpose): void {
    const { demand } = this.#feed
    if (demand !== undefined) demand.purpose = purpose
  }

  /** Somebody may begin to read it until they `leave`. */
  follow(): void {
    this.#feed.demand?.follow()
  }

  /** As often as `follow`. */
  leave(): void {
    this.#feed.demand?.leave()
  }

  /** Follows the body from byte 0, or reads one range of it. A range that ends before the body does has no trailers. */
  reader(range?: ByteRange): BodyReader {
    if (range === undefined || range.start === 0) return new Reader(this.#feed, this.#first, range)
    this.#milestones ??= new Milestones(this.#first)
    const { link, bytes } = this.#milestones.before(range.start)
    const end = range.end === undefined ? undefined : range.end - bytes
    return new Reader(this.#feed, link, { start: range.start - bytes, end })
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

  /**
   * @internal Puts crumbs together, once there are many or no more will come: what stands around them weighs more
   * than they do. Those who read already go on along the old way, which comes to the same end. Where a length was
   * declared, chunks have places.
   */
  tidy(): void {
    const { phase, last, declared, keep, loose } = this.#feed
    if (declared !== undefined || (phase === 'streaming' && loose < MANY)) return
    this.#feed.loose = 0
    // They would keep what is put together here.
    this.#milestones = undefined
    const end = phase === 'streaming' ? last : undefined
    let at = this.#tidied
    while (at.next !== undefined && at.next !== end) {
      const { chunks, behind } = crumbsFrom(at.next, end)
      if (chunks.length < 2) at = at.next
      else {
        for (const place of keep(joined(chunks))) at = at.next = new Link(place)
        at.next = behind
      }
    }
    this.#tidied = at
  }

  #chunks(range: ByteRange): readonly Uint8Array[] {
    const reader = this.reader(range)
    const chunks: Uint8Array[] = []
    for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) chunks.push(chunk)
    return withoutCrumbs(chunks)
  }
}
