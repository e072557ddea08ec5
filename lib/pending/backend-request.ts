/** The request a leader is about to send, as its `beforeSend` hook sees and edits it. */

import { absoluteUrl } from '../http/absolute-url.js'
import { fromHeaders } from '../http/headers.js'
import type { RequestHead } from '../http/message.js'
import { Edits, editedHeaders } from './edits.js'
import { type CacheOverride, checkedOverride } from './override.js'

/**
 * Edits reach the origin, and nothing else: the cache key and the variant were fixed at the lookup, and the backend
 * stays the one of the call (semantics 9). Once the hook is over, every edit throws `AlreadyFinishedError`.
 *
 * @example
 * const response = await cache.send('http://localhost:8080/private', {
 *   beforeSend(request) {
 *     request.headers.set('authorization', 'Bearer for the origin alone')
 *   },
 * })
 */
export class BackendRequest {
  readonly #edits = new Edits('the hook is over, and the request is sent as it left it')
  readonly #method: string
  readonly #headers: Headers
  #url: string
  #override: CacheOverride

  constructor(head: RequestHead, override: CacheOverride) {
    this.#method = head.method
    this.#url = head.url
    this.#headers = editedHeaders(head.fields, this.#edits)
    this.#override = override
  }

  /** As given to `send`; HEAD is fetched as GET. */
  get method(): string {
    return this.#method
  }

  /** Sent to the origin with whatever is changed here. */
  get headers(): Headers {
    return this.#headers
  }

  /** Absolute, and written as it is sent. */
  get url(): string {
    return this.#url
  }

  /** Throws `InvalidArgumentError` for what is not an absolute http or https URL, or holds credentials. */
  set url(url: string | URL) {
    this.#edits.check('url')
    this.#url = absoluteUrl(url)
  }

  /** As given to `send`; what is set here governs how the response is stored. */
  get cacheOverride(): CacheOverride {
    return this.#override
  }

  set cacheOverride(override: CacheOverride) {
    this.#edits.check('cacheOverride')
    this.#override = checkedOverride(override)
  }

  /** @internal Its hook is over: no edit counts any more. */
  seal(): void {
    this.#edits.end()
  }

  /** @internal */
  head(): RequestHead {
    return { method: this.method, url: this.#url, fields: fromHeaders(this.headers) }
  }
}
