/** The answer as a caller holds it: its head, and what the cache knows of it; how its body is read is not known here. */

import { toHeaders } from '../../http/headers.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import { type AnswerSource, freshForSeconds, isServedFromCache } from '../../pending/answer.js'
import { backendNameOf } from '../../pending/request-options.js'
import type { SendError } from '../../pending/send-error.js'
import type { Pending } from '../../scheduler/index.js'
import { toWebResponse } from './web.js'
import { type BodyParts, WithBody } from './with-body.js'

/** @internal What a response is made of. */
export interface ResponseParts extends BodyParts {
  readonly request: RequestHead
  readonly backend: string | undefined
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
export class HttpResponse extends WithBody {
  /** Why a stale answer was chosen. */
  readonly maskedError?: SendError
  /** The background fetch this answer leads. Nobody has to look at it; cancelled, it is given up, wherever it runs. */
  readonly revalidation?: Pending<void>
  readonly #parts: ResponseParts
  #head: ResponseHead | undefined
  #headers: Headers | undefined

  /** Made for a `PendingRequest` alone. */
  private constructor(parts: ResponseParts) {
    super(parts)
    const { maskedError, revalidation } = parts.answer
    this.#parts = parts
    if (maskedError !== undefined) this.maskedError = maskedError
    if (revalidation !== undefined) this.revalidation = revalidation
  }

  /** @internal */
  static of(parts: ResponseParts): HttpResponse {
    return new HttpResponse(parts)
  }

  /** As it came; no status is an error. */
  get status(): number {
    return this.#parts.answer.head.status
  }

  /** The reason phrase; often empty. */
  get statusText(): string {
    return this.#parts.answer.head.statusText
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
    return this.#parts.answer.source
  }

  /** With all edits made, and what the cache says of itself (`Age`, `Cache-Status`, `X-Cache`). */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.head.fields)
    return this.#headers
  }

  /** Served from the cache: a hit, a stale answer, or another's fetch that this request waited for. */
  get wasCached(): boolean {
    return isServedFromCache(this.#parts.answer.source)
  }

  /** `undefined` for an answer that went past the cache. */
  get isStale(): boolean | undefined {
    const { source } = this.#parts.answer
    return source === 'direct' ? undefined : source === 'stale' || source === 'stale-if-error'
  }

  /** How often the stored response has been served, this time included; 0 where it was fetched for this request. */
  get hits(): number {
    return this.wasCached ? (this.#parts.answer.object?.hits ?? 0) : 0
  }

  /** Seconds since the origin made or validated it (RFC 9111 4.2.3). */
  get age(): number | undefined {
    return seconds(this.#parts.answer.object?.ageMs)
  }

  /** How many seconds it is still fresh; 0 once stale. */
  get ttl(): number | undefined {
    const { object } = this.#parts.answer
    return object && Math.max(0, freshForSeconds(object))
  }

  /** Seconds after its freshness in which it is answered stale while it is fetched anew (RFC 5861 3). */
  get staleWhileRevalidate(): number | undefined {
    return seconds(this.#parts.answer.object?.swrMs)
  }

  /** Seconds after its freshness in which it stands in for a fetch that fails (RFC 5861 4). */
  get staleIfError(): number | undefined {
    return seconds(this.#parts.answer.object?.sieMs)
  }

  /** Request fields its variant was chosen by: in lower case, sorted, each once (RFC 9111 4.1). */
  get vary(): string[] {
    return [...(this.#parts.answer.object?.varyNames ?? [])]
  }

  /** What it can be purged by. */
  get surrogateKeys(): string[] {
    return [...(this.#parts.answer.object?.surrogateKeys ?? [])]
  }

  /** A `Response` of the platform over the same body, which it alone reads from then on. @throws AlreadyFinishedError */
  toWeb(): Response {
    this.claim('toWeb')
    return toWebResponse(this, this.head)
  }

  /** @internal The head with all last edits, lines as they came. */
  get head(): ResponseHead {
    this.#head ??= this.#parts.head()
    return this.#head
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000
}
