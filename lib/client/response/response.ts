/** The answer as a caller holds it: its head, what the cache knows of it, and its body, read once. */

import type { Operation } from 'effection'
import { joined, type Trailers } from '../../base/body.js'
import { AlreadyFinishedError } from '../../base/errors.js'
import { toHeaders } from '../../http/headers.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import { type Answer, type AnswerSource, freshForSeconds, isServedFromCache } from '../../pending/answer.js'
import type { Host } from '../../pending/host.js'
import type { RecalledAnswer } from '../../pending/recalled.js'
import { backendNameOf } from '../../pending/request-options.js'
import type { SendError } from '../../pending/send-error.js'
import { type Pending, ready } from '../../scheduler/index.js'
import { type Engine, known } from '../../scheduler/internal.js'
import type { Chunk } from './byte-stream.js'
import { InHandBody } from './in-hand-body.js'
import { OpenBody } from './open-body.js'
import { own, textOf } from './own-bytes.js'
import type { Reads } from './reads.js'
import { toWebResponse } from './web.js'
import { WholeRead } from './whole-read.js'

/** @internal What a response is made of. */
export interface ResponseParts {
  readonly answer: Answer | RecalledAnswer
  readonly request: RequestHead
  readonly backend: string | undefined
  readonly host: Host
  readonly engine: Engine
  readonly reads: Reads
  /** The head with all last edits; asked for once, and only if anybody looks at it. */
  readonly head: () => ResponseHead
}

/**
 * A response. Times in seconds, with a fraction; what the cache knows is `undefined` for an answer that is not in it
 * (semantics 7.6).
 *
 * @example
 * const response = cache.send('http://localhost:8080/').wait()
 * console.log(response.status, response.wasCached, response.text().wait())
 */
export class HttpResponse implements AsyncIterable<Uint8Array> {
  /** Why a stale answer was chosen. */
  readonly maskedError?: SendError
  /** The background fetch this answer leads. Nobody has to look at it; cancelled, it is given up, wherever it runs. */
  readonly revalidation?: Pending<void>
  readonly #parts: ResponseParts
  readonly #answer: Answer | RecalledAnswer
  #head: ResponseHead | undefined
  #headers: Headers | undefined
  readonly #body: OpenBody | InHandBody | undefined
  #use: 'unread' | 'reading' | 'used' = 'unread'

  /** Made for a `PendingRequest` alone. */
  private constructor(parts: ResponseParts) {
    const { answer } = parts
    this.#parts = parts
    this.#answer = answer
    this.#body = bodyOf(answer, parts.host)
    if (answer.maskedError !== undefined) this.maskedError = answer.maskedError
    if (answer.revalidation !== undefined) this.revalidation = answer.revalidation
  }

  /** @internal */
  static of(parts: ResponseParts): HttpResponse {
    return new HttpResponse(parts)
  }

  /** As it came; no status is an error. */
  get status(): number {
    return this.#answer.head.status
  }

  /** The reason phrase; often empty. */
  get statusText(): string {
    return this.#answer.head.statusText
  }

  /** What was asked for: without a fragment, as it was sent. */
  get url(): string {
    return this.#parts.request.url
  }

  /** The backend's name, or the URL's own origin. */
  get backend(): string {
    return backendNameOf(this.#parts)
  }

  /** How it came about; `Cache-Status` says it in the words of RFC 9211. */
  get source(): AnswerSource {
    return this.#answer.source
  }

  /** With all edits made, and what the cache says of itself (`Age`, `Cache-Status`, `X-Cache`). */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.head.fields)
    return this.#headers
  }

  /** Served from the cache: a hit, a stale answer, or another's fetch that this request waited for. */
  get wasCached(): boolean {
    return isServedFromCache(this.#answer.source)
  }

  /** `undefined` for an answer that went past the cache. */
  get isStale(): boolean | undefined {
    const { source } = this.#answer
    return source === 'direct' ? undefined : source === 'stale' || source === 'stale-if-error'
  }

  /** How often the stored response has been served, this time included; 0 where it was fetched for this request. */
  get hits(): number {
    return this.wasCached ? (this.#answer.object?.hits ?? 0) : 0
  }

  /** Seconds since the origin made or validated it (RFC 9111 4.2.3). */
  get age(): number | undefined {
    return seconds(this.#answer.object?.ageMs)
  }

  /** How many seconds it is still fresh; 0 once stale. */
  get ttl(): number | undefined {
    const { object } = this.#answer
    return object && Math.max(0, freshForSeconds(object))
  }

  /** Seconds after its freshness in which it is answered stale while it is fetched anew (RFC 5861 3). */
  get staleWhileRevalidate(): number | undefined {
    return seconds(this.#answer.object?.swrMs)
  }

  /** Seconds after its freshness in which it stands in for a fetch that fails (RFC 5861 4). */
  get staleIfError(): number | undefined {
    return seconds(this.#answer.object?.sieMs)
  }

  /** Request fields its variant was chosen by: in lower case, sorted, each once (RFC 9111 4.1). */
  get vary(): string[] {
    return [...(this.#answer.object?.varyNames ?? [])]
  }

  /** What it can be purged by. */
  get surrogateKeys(): string[] {
    return [...(this.#answer.object?.surrogateKeys ?? [])]
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

  /** A `Response` of the platform over the same body, which it alone reads from then on. @throws AlreadyFinishedError */
  toWeb(): Response {
    this.claim('toWeb')
    return toWebResponse(this, this.head)
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

  /** @internal The head with all last edits, lines as they came. */
  get head(): ResponseHead {
    this.#head ??= this.#parts.head()
    return this.#head
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

  /** @internal The next bytes, not to be changed: others may be reading the same. `undefined` at the end. */
  *next(): Operation<Uint8Array | undefined> {
    yield* this.untilReadable()
    return this.take()
  }

  /** @internal As `read`, for whoever has claimed the body; at once where that is possible. */
  nextBytes(): Chunk {
    if (!this.readable) return this.#parts.engine.spawn(() => this.#nextChunk())
    const chunk = this.take()
    return chunk && own(chunk)
  }

  /** @internal Waits until it is `readable`. */
  *untilReadable(): Operation<void> {
    const body = this.#body
    if (!(body instanceof OpenBody) || body.isReleased) return
    const reads = this.#answer.object && this.#parts.reads
    reads?.begin()
    try {
      yield* ready(body.handle)
    } catch (failure) {
      if (!body.isReleased) throw failure
    } finally {
      reads?.end()
    }
  }

  /** @internal As `next`, where it is `readable`. */
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
      const chunk = yield* this.next()
      if (chunk === undefined) return finish(chunks)
      chunks.push(chunk)
    }
  }

  *#nextChunk(): Operation<Uint8Array | undefined> {
    const chunk = yield* this.next()
    return chunk && own(chunk)
  }
}

const NO_CHUNKS: readonly Uint8Array[] = []

function bodyOf({ body }: Answer | RecalledAnswer, host: Host): OpenBody | InHandBody | undefined {
  if (typeof body === 'number') return new OpenBody(host, body)
  return body && new InHandBody(body)
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000
}

function usedAlready(reader: string): AlreadyFinishedError {
  return new AlreadyFinishedError(reader, 'somebody has begun to read the body')
}
