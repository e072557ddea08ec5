/** A response as its caller holds it: its head, and what the cache knows of it. `WithBody` reads the body. */

import { toHeaders } from '../../http/headers.js'
import type { ResponseHead } from '../../http/message.js'
import { type AnswerSource, freshForSeconds, isServedFromCache } from '../../pending/answer.js'
import { backendNameOf } from '../../pending/request-options.js'
import type { SendError } from '../../pending/send-error.js'
import type { Pending } from '../../scheduler/index.js'
import { toWebResponse } from './web.js'
import { type BodyParts, WithBody } from './with-body.js'

/** @internal What a response is made of. */
export interface ResponseParts extends BodyParts {
  /** Makes the final head. Called at most once, when the head is first looked at. */
  readonly head: () => ResponseHead
}

/**
 * A response. Times are in seconds, with a fraction. Properties of a stored response are `undefined` if the response is not stored
 * (semantics 7.6).
 *
 * @example
 * const response = cache.send('http://localhost:8080/').wait()
 * console.log(response.status, response.wasCached, response.text().wait())
 */
export class HttpResponse extends WithBody {
  /** The failure that this stale answer hides. */
  readonly maskedError?: SendError
  /** The background fetch that this answer leads. May be ignored. Cancelling it ends the fetch, in whichever thread that runs. */
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

  /** The status. No status is an error. */
  get status(): number {
    return this.#parts.answer.head.status
  }

  /** The reason phrase; often empty. */
  get statusText(): string {
    return this.#parts.answer.head.statusText
  }

  /** The URL that the caller requested, written as URLs are sent: without a fragment. A backend or a hook may send another. */
  get url(): string {
    return this.#parts.request.url
  }

  /** The backend's name, or the URL's own origin. */
  get backend(): string {
    return backendNameOf(this.#parts)
  }

  /** Where the response came from. `Cache-Status` says the same in the words of RFC 9211. */
  get source(): AnswerSource {
    return this.#parts.answer.source
  }

  /** The headers with all edits made, and with the cache's own fields (`Age`, `Cache-Status`, `X-Cache`). */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.head.fields)
    return this.#headers
  }

  /** Whether the response was served from the cache: a hit, a stale answer, or another request's fetch that this one waited for. */
  get wasCached(): boolean {
    return isServedFromCache(this.#parts.answer.source)
  }

  /** Whether the response was stale. `undefined` for a request that went past the cache. */
  get isStale(): boolean | undefined {
    const { source } = this.#parts.answer
    return source === 'direct' ? undefined : source === 'stale' || source === 'stale-if-error'
  }

  /** How often the stored response has been served, including this time; 0 if it was fetched for this request. */
  get hits(): number {
    return this.wasCached ? (this.#parts.answer.object?.hits ?? 0) : 0
  }

  /** Seconds since the origin made or validated the response (RFC 9111 4.2.3). */
  get age(): number | undefined {
    return seconds(this.#parts.answer.object?.ageMs)
  }

  /** How many more seconds the response is fresh; 0 once it is stale. */
  get ttl(): number | undefined {
    const { object } = this.#parts.answer
    return object && Math.max(0, freshForSeconds(object))
  }

  /** Seconds past its freshness during which the response is served stale while it is revalidated (RFC 5861 3). */
  get staleWhileRevalidate(): number | undefined {
    return seconds(this.#parts.answer.object?.swrMs)
  }

  /** Seconds past its freshness during which the response stands in for a fetch that fails (RFC 5861 4). */
  get staleIfError(): number | undefined {
    return seconds(this.#parts.answer.object?.sieMs)
  }

  /** The request fields that select the variant: in lower case, sorted, each once (RFC 9111 4.1). */
  get vary(): string[] {
    return [...(this.#parts.answer.object?.varyNames ?? [])]
  }

  /** The surrogate keys that the response can be purged by. */
  get surrogateKeys(): string[] {
    return [...(this.#parts.answer.object?.surrogateKeys ?? [])]
  }

  /** A `Response` of the platform, which alone reads the body from then on. @throws AlreadyFinishedError */
  toWeb(): Response {
    this.claim('toWeb')
    return toWebResponse(this, this.head)
  }

  /** @internal The final head, with its field lines as they came. */
  get head(): ResponseHead {
    this.#head ??= this.#parts.head()
    return this.#head
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000
}
