/** The request about to be sent, as its `beforeSend` hook sees and edits it. */

import { absoluteUrl } from '../http/absolute-url.js'
import { fromHeaders } from '../http/headers.js'
import type { RequestHead } from '../http/message.js'
import { Edits, editedHeaders } from './edits.js'
import { type CacheOverride, checkedOverride } from './override.js'

/**
 * Edits reach only the origin: the cache key and the variant were fixed at the lookup, and the backend stays the one given at the
 * call (semantics 9). Once the hook has ended, every edit throws `AlreadyFinishedError`.
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

  /** As given to `send`, but a leader fetches GET for HEAD. */
  get method(): string {
    return this.#method
  }

  /** The headers to send. Edits are sent to the origin. */
  get headers(): Headers {
    return this.#headers
  }

  /** The absolute URL, written as it is sent. */
  get url(): string {
    return this.#url
  }

  /** Throws `InvalidArgumentError` if `url` is not an absolute http or https URL, or holds credentials. */
  set url(url: string | URL) {
    this.#edits.check('url')
    this.#url = absoluteUrl(url)
  }

  /** As given to `send`. The value set here decides how the response is stored. */
  get cacheOverride(): CacheOverride {
    return this.#override
  }

  set cacheOverride(override: CacheOverride) {
    this.#edits.check('cacheOverride')
    this.#override = checkedOverride(override)
  }

  /** @internal Called when the hook has ended: later edits throw. */
  seal(): void {
    this.#edits.end()
  }

  /** @internal */
  head(): RequestHead {
    return { method: this.method, url: this.#url, fields: fromHeaders(this.headers) }
  }
}
