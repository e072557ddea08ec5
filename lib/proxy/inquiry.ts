/** What a client asks of the cache, from the head of its request. */

import type { Cache } from '../client/cache.js'
import { NO_HOOKS } from '../pending/hooks.js'
import type { RequestOptions } from '../pending/request-options.js'
import { type RequestLine, requestLine } from './access-log.js'
import { type Incoming, type IncomingHead, readIncoming } from './incoming.js'
import type { Settings } from './options.js'

export interface Inquiry {
  readonly line: RequestLine
  /** A body that follows is not in them yet. */
  readonly options: RequestOptions
  readonly bodyBytes: number | 'chunked'
  /** What the cache may remember its answer by. */
  readonly recallKey: string | undefined
}

/** Throws `RefusedError`. */
export function inquiryOf(incoming: IncomingHead, cache: Cache<unknown>, settings: Settings): Inquiry {
  const read = readIncoming(incoming, settings)
  const { bodyBytes } = read
  const options = optionsOf(read, settings)
  const recallKey = bodyBytes === 0 ? cache.requests.keyOf(options) : undefined
  return { line: requestLine(incoming), options, bodyBytes, recallKey }
}

/** What the cache is asked in its place. */
export function optionsOf({ head, override }: Incoming, { backend }: Settings): RequestOptions {
  return { request: head, body: undefined, backend, key: undefined, override, hooks: NO_HOOKS }
}

/** A head as it came. */
type Written = Pick<IncomingHead, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>

/** A crowd asks for one thing: a head that is like the one before is not read again, and what it asks is not kept twice. */
export class Inquiries {
  readonly #cache: Cache<unknown>
  readonly #settings: Settings
  #last: { readonly written: Written; readonly inquiry: Inquiry } | undefined

  constructor(cache: Cache<unknown>, settings: Settings) {
    this.#cache = cache
    this.#settings = settings
  }

  /** As `inquiryOf`. */
  of(incoming: IncomingHead): Inquiry {
    const { method, url, httpVersion, rawHeaders } = incoming
    const written = { method, url, httpVersion, rawHeaders }
    if (this.#last === undefined || !isSame(this.#last.written, written))
      this.#last = { written, inquiry: inquiryOf(incoming, this.#cache, this.#settings) }
    return this.#last.inquiry
  }
}

function isSame(a: Written, b: Written): boolean {
  if (a.url !== b.url || a.method !== b.method || a.httpVersion !== b.httpVersion) return false
  if (a.rawHeaders.length !== b.rawHeaders.length) return false
  for (let at = 0; at < a.rawHeaders.length; at++) if (a.rawHeaders[at] !== b.rawHeaders[at]) return false
  return true
}
