/** The body of a response: read once, by one reader, in one way. */

import type { Operation } from 'effection'
import { joined, type Trailers } from '../../base/body.js'
import { AlreadyFinishedError, ClosedError } from '../../base/errors.js'
import type { RequestHead } from '../../http/message.js'
import { type Answer, isServedFromCache } from '../../pending/answer.js'
import { sharedError } from '../../pending/callers-error.js'
import type { Host } from '../../pending/host.js'
import type { RecalledAnswer } from '../../pending/recalled.js'
import { isSendError } from '../../pending/send-error.js'
import { type Pending, ready } from '../../scheduler/index.js'
import { type Engine, known } from '../../scheduler/internal.js'
import type { Chunk } from './byte-stream.js'
import { InHandBody } from './in-hand-body.js'
import { OpenBody } from './open-body.js'
import { own, textOf } from './own-bytes.js'
import type { Reads } from './reads.js'
import { WholeRead } from './whole-read.js'

/** @internal What is needed to read the body. */
export interface BodyParts {
  readonly answer: Answer | RecalledAnswer
  readonly request: RequestHead
  readonly backend: string | undefined
  readonly host: Host
  readonly engine: Engine
  readonly reads: Reads
}

/** A base class instead of an object of its own: that saves an allocation for each hit. */
export abstract class WithBody implements AsyncIterable<Uint8Array> {
  readonly #parts: BodyParts
  readonly #body: OpenBody | InHandBody | undefined
  #use: 'unread' | 'reading' | 'used' = 'unread'

  /** @internal */
  constructor(parts: BodyParts) {
    this.#parts = parts
    this.#body = bodyOf(parts)
  }

  /** The trailers (RFC 9110 6.5), once the body was read to its end. */
  get trailers(): Trailers | undefined {
    return this.#body?.trailers
  }

  /** Whether the body has been read, wholly or in part, or cancelled. */
  get bodyUsed(): boolean {
    return this.#use !== 'unread'
  }

  /**
   * The whole body as UTF-8 text. A body can be read once, in one way.
   *
   * @throws AlreadyFinishedError at the call, if the body has been read or cancelled. The pending of any read fails with the error
   * that broke the body off: SendError, TruncatedBodyError, CancelledError. Cancelling the pending cancels the body.
   */
  text(): Pending<string> {
    return this.#consume('text', textOf)
  }

  /** The whole body, parsed as JSON; fails with a SyntaxError if it is no JSON. @throws AlreadyFinishedError */
  json<T = unknown>(): Pending<T> {
    return this.#consume('json', (chunks) => JSON.parse(textOf(chunks)) as T)
  }

  /** The whole body, in bytes that the caller may change. @throws AlreadyFinishedError */
  bytes(): Pending<Uint8Array> {
    return this.#consume('bytes', joined)
  }

  /**
   * The next bytes, which the caller may change; `undefined` at the end.
   *
   * @throws AlreadyFinishedError if the body is read in another way, or was cancelled
   */
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

  /**
   * Cancels the body. A body that is neither read nor cancelled keeps its connection until the response is garbage collected; in a
   * thread that only blocks, until the thread ends, because a thread learns on its event loop what was collected.
   */
  cancel(): void {
    this.#use = 'used'
    this.#body?.interrupt()
  }

  /** @internal Once `signal` aborts, reads fail with `CancelledError`. */
  endOnAbort(signal: AbortSignal): void {
    this.#body?.endOnAbort(signal)
  }

  /** @internal Whether the next bytes, the end or a failure is available without waiting. */
  get readable(): boolean {
    return this.#body?.isReady ?? true
  }

  /**
   * @internal Reserves the body for `reader`, which reads it by the internal methods below. @throws AlreadyFinishedError if the
   * body has been read or cancelled
   */
  claim(reader: string): void {
    if (this.#use !== 'unread') throw usedAlready(reader)
    this.#use = 'used'
  }

  /** @internal All bytes of a claimed body that is in memory, which must not be changed. `undefined` for any other body. */
  takeInHand(): readonly Uint8Array[] | undefined {
    if (this.#body === undefined) return NO_CHUNKS
    return this.#body instanceof InHandBody ? this.#body.readAll() : undefined
  }

  /** @internal Like `read`, for a claimed body; synchronous if the bytes are available. */
  nextBytes(): Chunk {
    const body = this.#body
    // The cache has closed, and the handle with it. `BadHandleError` would mean nothing to a caller that never saw a handle.
    if (body instanceof OpenBody && !body.isReleased && !this.#parts.engine.isOpen) throw new ClosedError('the cache')
    if (!this.readable) return this.#parts.engine.spawn(() => this.#nextChunk())
    const chunk = this.take()
    return chunk && own(chunk)
  }

  /** @internal Waits until the body is `readable`. A closing cache waits for such a read of a stored body. */
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

  /** @internal The next bytes of a `readable` body; `undefined` at the end. Other readers may share them: not to be changed. */
  take(): Uint8Array | undefined {
    return this.#body?.read()
  }

  /** Uses generator methods, not generator closures: each closure would cost a hidden class of its own. */
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

function bodyOf(parts: BodyParts): OpenBody | InHandBody | undefined {
  const { answer, host } = parts
  const { body } = answer
  if (typeof body === 'number')
    return new OpenBody(host, body, isServedFromCache(answer.source) ? shared(parts) : undefined)
  return body && new InHandBody(body)
}

function shared(own: BodyParts): (failure: unknown) => unknown {
  return (failure) => (isSendError(failure) ? sharedError(own, failure) : failure)
}

function usedAlready(reader: string): AlreadyFinishedError {
  return new AlreadyFinishedError(reader, 'somebody has begun to read the body')
}
