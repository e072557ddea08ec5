/** Translates the modes of `RequestInit.cache` into directives for this cache and fields for the caches behind it. */

import { InvalidArgumentError } from '../../base/errors.js'
import { printed } from '../../base/options.js'
import type { RequestCacheMode } from '../../base/web-types.js'
import { preceded } from '../../pending/hooks.js'
import type { SendInit } from '../input/send-init.js'

interface Mode {
  /** Directives for the lookup in this cache (RFC 9111 5.2.1); `pass` goes past the cache. */
  readonly demands: string
  /** Fields to send to the origin, unless the caller has set them (Fetch 4.5, HTTP-network-or-cache fetch). */
  readonly adds?: Readonly<Record<string, string>>
  /** Validators not to send, so that the stored response is fetched again instead of validated. */
  readonly drops?: readonly string[]
}

const END_TO_END = { 'cache-control': 'no-cache', pragma: 'no-cache' }
const VALIDATORS = ['if-none-match', 'if-modified-since']

const MODES: Readonly<Record<Exclude<RequestCacheMode, 'default'>, Mode>> = {
  'no-store': { demands: 'pass', adds: END_TO_END },
  reload: { demands: 'no-cache', adds: END_TO_END, drops: VALIDATORS },
  'no-cache': { demands: 'no-cache', adds: { 'cache-control': 'max-age=0' } },
  'force-cache': { demands: 'max-stale' },
  'only-if-cached': { demands: 'only-if-cached, max-stale' },
}

/** The options for a mode, and the directives for this cache, which apply even if the policy ignores request directives. */
interface InitWithMode {
  readonly init: SendInit
  readonly demands: string | undefined
}

/** @throws InvalidArgumentError for an unknown mode */
export function checkedMode(mode: RequestCacheMode): RequestCacheMode {
  if (mode !== 'default' && !Object.hasOwn(MODES, mode))
    throw new InvalidArgumentError(`there is no cache mode ${printed(mode)}`)
  return mode
}

/**
 * `init` changed for `mode`. `reload` and `no-cache` set fields by a `beforeSend` hook, so such a request runs in the thread that
 * makes it.
 */
export function withMode(mode: RequestCacheMode, headers: Headers, init: SendInit): InitWithMode {
  if (mode === 'default') return { init: { ...init, headers }, demands: undefined }
  const { demands, adds, drops = [] } = MODES[mode]
  if (adds === undefined) return { init: { ...init, headers }, demands }
  if (demands === 'pass') {
    const edited = withDefaults(new Headers(headers), adds)
    return { init: { ...init, headers: edited, cacheOverride: 'pass' }, demands: undefined }
  }
  const beforeSend = preceded(init.beforeSend, ({ headers }) => {
    withDefaults(headers, adds)
    for (const name of drops) headers.delete(name)
  })
  return { init: { ...init, headers, beforeSend }, demands }
}

function withDefaults(headers: Headers, defaults: Readonly<Record<string, string>>): Headers {
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value)
  return headers
}
