/** What a client asks of the cache, from the head of its request. */

import type { Cache } from '../client/cache.js'
import type { RequestOptions } from '../pending/context.js'
import type { Hooks } from '../pending/hooks.js'
import { type IncomingHead, readIncoming } from './incoming.js'
import type { Settings } from './options.js'

export interface Asked {
  /** As in the request line. */
  readonly line: { readonly method: string; readonly target: string; readonly httpVersion: string }
  /** A body that follows is not in them yet. */
  readonly options: RequestOptions
  readonly bodyBytes: number | 'chunked'
  /** What the cache may remember its answer by. */
  readonly recallKey: string | undefined
}

const NO_HOOKS: Hooks = {}

/** Throws `RefusedError`. */
export function askedBy(incoming: IncomingHead, cache: Cache<unknown>, settings: Settings): Asked {
  const { head, bodyBytes, override } = readIncoming(incoming, settings)
  const { backend } = settings
  const { method = '', url: target = '', httpVersion } = incoming
  const options = { request: head, body: undefined, backend, key: undefined, override, hooks: NO_HOOKS }
  const recallKey = bodyBytes === 0 ? cache.recallKey(options) : undefined
  return { line: { method, target, httpVersion }, options, bodyBytes, recallKey }
}
