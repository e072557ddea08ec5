/** The options of `fetch`, checked at the call. An option without effect here must still be valid for the platform. */

import { InvalidArgumentError } from '../../base/errors.js'
import { printed } from '../../base/options.js'
import type { RequestCacheMode, RequestPriority } from '../../base/web-types.js'
import type { SendInit } from '../input/send-init.js'

/**
 * The options of the platform's `fetch` and of `send`. Options that matter only to a browser (`credentials`, `keepalive`, a `mode`
 * other than `same-origin`) must be valid for the platform, and have no effect.
 */
export type FetchInit = Omit<RequestInit, keyof SendInit | 'cache' | 'duplex' | 'priority'> &
  SendInit & {
    /**
     * The modes of the Fetch standard, under every policy. `no-store` goes past the cache. `reload` replaces the stored response.
     * `no-cache` validates it. `force-cache` accepts it even if stale, unless it says `must-revalidate`. `only-if-cached` does the
     * same and never fetches: the answer is a 504 if nothing is stored. `'default'` by default.
     */
    readonly cache?: RequestCacheMode
    /** Required by the platform's `fetch` for a stream as a body; has no effect here. */
    readonly duplex?: 'half'
    /** Has no effect, but must be one of these values, as on platforms that know the option. */
    readonly priority?: RequestPriority
  }

const REDIRECTS: readonly unknown[] = [undefined, 'follow', 'manual', 'error']
/** Checked here, because Node 20 takes any value. */
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

/** Lets the platform's `Request` check the options for browsers, and which methods a mode allows. */
function checkForBrowsers(init: FetchInit): void {
  if (FOR_BROWSERS.every((name) => init[name] === undefined)) return
  const said = Object.fromEntries(FOR_BROWSERS.map((name) => [name, init[name]]))
  try {
    new Request('http://localhost/', { ...said, method: init.method ?? 'GET' })
  } catch (cause) {
    throw new InvalidArgumentError((cause as Error).message, { cause })
  }
}

/** Refuses a `dispatcher`. Ignoring it would silently bypass the proxy or mock that it stands for. */
function checkForPlatform(init: { readonly dispatcher?: unknown }): void {
  if (init.dispatcher != null)
    throw new InvalidArgumentError('a dispatcher is not for one call: give openCache a fetch that has it')
}
