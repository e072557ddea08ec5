/** Reads the head of a client's request into an inquiry: what the cache is to be asked. */

import type { Cache } from '../client/cache.js'
import { isSafe } from '../http/methods.js'
import { NO_HOOKS } from '../pending/hooks.js'
import type { RequestOptions } from '../pending/request-options.js'
import { type RequestLine, requestLine } from './access-log.js'
import { type Incoming, type IncomingHead, readIncoming } from './incoming.js'
import type { Settings } from './options.js'

export interface Inquiry {
  readonly line: RequestLine
  /** The options of the cache request, without a body. */
  readonly options: RequestOptions
  readonly bodyBytes: number | 'chunked'
  /** Whether the method is safe (RFC 9110 9.2.1), and there is no body that could make it mean more. */
  readonly isSafe: boolean
  /** The key under which the cache may remember the answer; `undefined` if it may not. */
  readonly recallKey: string | undefined
}

/** Throws `RefusedError`. */
export function inquiryOf(incoming: IncomingHead, cache: Cache<unknown>, settings: Settings): Inquiry {
  const read = readIncoming(incoming, settings)
  const { bodyBytes } = read
  const options = optionsOf(read, settings)
  const recallKey = bodyBytes === 0 ? cache.requests.keyOf(options) : undefined
  return {
    line: requestLine(incoming),
    options,
    bodyBytes,
    isSafe: bodyBytes === 0 && isSafe(options.request.method),
    recallKey,
  }
}

/** The options of the cache request for `incoming`. */
export function optionsOf({ head, override }: Incoming, { backend }: Settings): RequestOptions {
  return { request: head, body: undefined, backend, key: undefined, override, hooks: NO_HOOKS }
}

/** The parts of a head that an inquiry depends on. */
type Written = Pick<IncomingHead, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>

/** Reuses the last inquiry for a head that is the same: many clients that ask for the same at once share one inquiry. */
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
