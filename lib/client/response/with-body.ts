/** The body of a response as its caller has it: read once, by one reader, in one way. */

import type { Operation } from 'effection'
import { joined, type Trailers } from '../../base/body.js'
import { AlreadyFinishedError, ClosedError } from '../../base/errors.js'
import type { Answer } from '../../pending/answer.js'
import type { Host } from '../../pending/host.js'
import type { RecalledAnswer } from '../../pending/recalled.js'
import { type Pending, ready } from '../../scheduler/index.js'
import { type Engine, known } from '../../scheduler/internal.js'
import type { Chunk } from './byte-stream.js'
import { InHandBody } from './in-hand-body.js'
import { OpenBody } from './open-body.js'
import { own, textOf } from './own-bytes.js'
import type { Reads } from './reads.js'
import { WholeRead } from './whole-read.js'

/** @internal What the reading of a body takes. */
export interface BodyParts {
  readonly answer: Answer | RecalledAnswer
  readonly host: Host
  readonly engine: Engine
  readonly reads: Reads
}

/** A class to extend, not a part of a response: a hit makes one object less. */
export abstract class WithBody implements AsyncIterable<Uint8Array> {
  readonly #parts: BodyParts
  readonly #body: OpenBody | InHandBody | undefined
  #use: 'unread' | 'reading' | 'used' = 'unread'

  /** @internal */
  constructor(parts: BodyParts) {
    this.#parts = parts
    this.#body = bodyOf(parts)
  }

  /** Fields after the body, once that was read to its end (RFC 9110 6.5). */
  get trailers(): Trailers | undefined {
    return this.#body?.trailers
  }

  /** Whether somebody has begun to read the body, or cancelled it. */
  get bodyUsed(): boolean {
    return this.#use !== 'unread'
  }

  /**
   * The whole body as UTF-8. It can be read once, in one way.
   *
   * @throws AlreadyFinishedError at the call, where somebody has begun to read it. The pending fails, as those of all readers do,
   * with what broke the body off: SendError, TruncatedBodyError, CancelledError. Cancelled, it cancels the body.
   */
  text(): Pending<string> {
    return this.#consume('text', textOf)
  }

  /** The same, parsed; fails with a SyntaxError for what is no JSON. @throws AlreadyFinishedError */
  json<T = unknown>(): Pending<T> {
    return this.#consume('json', (chunks) => JSON.parse(textOf(chunks)) as T)
  }

  /** The whole body; the bytes are the caller's own. @throws AlreadyFinishedError */
  bytes(): Pending<Uint8Array> {
    return this.#consume('bytes', joined)
  }

  /** The next bytes, the caller's own; `undefined` at the end. @throws AlreadyFinishedError where it was read as a whole */
  read(): Pending<Uint8Array | undefined> {
    if (this.#use === 'used') throw usedAlready('read')
    this.#use = 'reading'
    return this.#parts.engine.spawn(() => this.#nextChunk())
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) yield chunk
    } finally {
      this.cancel()
    }
  }

  /** Reads no further. A body that is neither read nor cancelled keeps its connection until the response is collected. */
  cancel(): void {
    this.#use = 'used'
    this.#body?.interrupt()
  }

  /** @internal Once `signal` aborts, the body is read no further: reads fail with `CancelledError`. */
  endOnAbort(signal: AbortSignal): void {
    this.#body?.endOnAbort(signal)
  }

  /** @internal Whether the next bytes, the end or a failure can be had without waiting. */
  get readable(): boolean {
    return this.#body?.isReady ?? true
  }

  /**
   * @internal From now on only `reader` reads the body, by what follows here. @throws AlreadyFinishedError where
   * somebody has begun to
   */
  claim(reader: string): void {
    if (this.#use !== 'unread') throw usedAlready(reader)
    this.#use = 'used'
  }

  /** @internal All of a body that is in hand, for whoever has claimed it; not to be changed. `undefined` for any other. */
  takeInHand(): readonly Uint8Array[] | undefined {
    if (this.#body === undefined) return NO_CHUNKS
    return this.#body instanceof InHandBody ? this.#body.readAll() : undefined
  }

  /** @internal As `read`, for whoever has claimed the body; at once where that is possible. */
  nextBytes(): Chunk {
    const body = this.#body
    // Its handle went with the cache: not the word for whoever never saw one.
    if (body instanceof OpenBody && !body.isReleased && !this.#parts.engine.isOpen) throw new ClosedError('the cache')
    if (!this.readable) return this.#parts.engine.spawn(() => this.#nextChunk())
    const chunk = this.take()
    return chunk && own(chunk)
  }

  /** @internal Waits until it is `readable`. */
  *untilReadable(): Operation<void> {
    const body = this.#body
    if (!(body instanceof OpenBody) || body.isReleased) return
    const reads = this.#parts.answer.object && this.#parts.reads
    reads?.begin()
    try {
      yield* ready(body.handle)
    } catch (failure) {
      if (!body.isReleased) throw failure
    } finally {
      reads?.end()
    }
  }

  /** @internal The next bytes, where it is `readable`; not to be changed: others may be reading the same. `undefined` at the end. */
  take(): Uint8Array | undefined {
    return this.#body?.read()
  }

  /** Generator methods, not generator closures: each of those would cost a hidden class of its own. */
  #consume<T>(what: string, finish: (chunks: readonly Uint8Array[]) => T): Pending<T> {
    this.claim(what)
    const { engine } = this.#parts
    const body = this.#body
    if (body instanceof InHandBody) return engine.spawn(() => known(finish(body.readAll())))
    const read = () => this.#consumed(finish)
    return body === undefined ? engine.spawn(read) : new WholeRead({ engine, body, read })
  }

  *#consumed<T>(finish: (chunks: readonly Uint8Array[]) => T): Operation<T> {
    const chunks: Uint8Array[] = []
    for (;;) {
      const chunk = yield* this.#next()
      if (chunk === undefined) return finish(chunks)
      chunks.push(chunk)
    }
  }

  *#next(): Operation<Uint8Array | undefined> {
    yield* this.untilReadable()
    return this.take()
  }

  *#nextChunk(): Operation<Uint8Array | undefined> {
    const chunk = yield* this.#next()
    return chunk && own(chunk)
  }
}

const NO_CHUNKS: readonly Uint8Array[] = []

function bodyOf({ answer: { body }, host }: BodyParts): OpenBody | InHandBody | undefined {
  if (typeof body === 'number') return new OpenBody(host, body)
  return body && new InHandBody(body)
}

function usedAlready(reader: string): AlreadyFinishedError {
  return new AlreadyFinishedError(reader, 'somebody has begun to read the body')
}
