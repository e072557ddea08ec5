/** What `fetch` can be told, checked at the call. What changes nothing here still has to be what the platform takes. */

import { InvalidArgumentError } from '../../base/errors.js'
import { printed } from '../../base/options.js'
import type { RequestCacheMode, RequestPriority } from '../../base/web-types.js'
import type { SendInit } from '../asking/send-init.js'

/**
 * As for the platform's `fetch`, and what `send` takes. What only means something to a browser (`credentials`, `keepalive`, a
 * `mode` other than `same-origin`) has to be what the platform takes, and changes nothing.
 */
export type FetchInit = Omit<RequestInit, keyof SendInit | 'cache' | 'duplex' | 'priority'> &
  SendInit & {
    /**
     * The modes of the Fetch standard, under every policy. `no-store` goes past the cache, `reload` replaces what is stored,
     * `no-cache` has it validated, `force-cache` takes it stale too unless it says `must-revalidate`, and `only-if-cached` does
     * that and never fetches: the answer is a 504 where nothing is stored. `'default'` by default.
     */
    readonly cache?: RequestCacheMode
    /** What a stream as a body needs elsewhere; it needs nothing here. */
    readonly duplex?: 'half'
    /** Changes nothing, but has to be one of these, as on platforms that know of it. */
    readonly priority?: RequestPriority
  }

const REDIRECTS: readonly unknown[] = [undefined, 'follow', 'manual', 'error']
/** Node 20 takes any. */
const PRIORITIES: readonly unknown[] = [undefined, 'high', 'low', 'auto']

/** Throws `InvalidArgumentError`, and the `TypeError` of the platform for a `Request` whose body is used. */
export function checkInit(init: FetchInit, given: Request | undefined): void {
  if (typeof init !== 'object') throw new InvalidArgumentError(`options cannot be ${String(init)}`)
  if (init.signal != null && !(init.signal instanceof AbortSignal))
    throw new InvalidArgumentError('signal must be an AbortSignal')
  if (!REDIRECTS.includes(init.redirect)) throw new InvalidArgumentError(`redirect cannot be ${printed(init.redirect)}`)
  if (!PRIORITIES.includes(init.priority))
    throw new InvalidArgumentError(`priority cannot be ${printed(init.priority)}`)
  checkForBrowsers(init)
  checkForPlatform(init)
  if (given?.bodyUsed && init.body == null) throw new TypeError('the body of this Request has been used already')
}

const FOR_BROWSERS = ['mode', 'credentials', 'referrer', 'referrerPolicy', 'keepalive', 'duplex', 'window'] as const

/** What they may be is for the platform to say, and which methods go with a mode. */
function checkForBrowsers(init: FetchInit): void {
  if (FOR_BROWSERS.every((name) => init[name] === undefined)) return
  const said = Object.fromEntries(FOR_BROWSERS.map((name) => [name, init[name]]))
  try {
    new Request('http://localhost/', { ...said, method: init.method ?? 'GET' })
  } catch (cause) {
    throw new InvalidArgumentError((cause as Error).message, { cause })
  }
}

/** Left out in silence, it would be a proxy that is not gone through, or a mock that is not asked. */
function checkForPlatform(init: { readonly dispatcher?: unknown }): void {
  if (init.dispatcher != null)
    throw new InvalidArgumentError('a dispatcher is not for one call: give openCache a fetch that has it')
}
