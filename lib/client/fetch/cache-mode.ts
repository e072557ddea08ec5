/** The modes of `RequestInit.cache`, as what a request asks of this cache and what it tells the caches behind it. */

import { InvalidArgumentError } from '../../base/errors.js'
import { printed } from '../../base/options.js'
import type { RequestCacheMode } from '../../base/web-types.js'
import { preceded } from '../../pending/hooks.js'
import type { SendInit } from '../asking/send-init.js'

interface Mode {
  /** Directives for the lookup here (RFC 9111 5.2.1); `pass` goes around it. */
  readonly asks: string
  /** What goes on from here if the caller says nothing itself (Fetch 4.5, HTTP-network-or-cache fetch). */
  readonly sends?: Readonly<Record<string, string>>
  /** Validators that do not, so that what is stored is not validated but fetched anew. */
  readonly keepsBack?: readonly string[]
}

const END_TO_END = { 'cache-control': 'no-cache', pragma: 'no-cache' }
const VALIDATORS = ['if-none-match', 'if-modified-since']

const MODES: Readonly<Record<Exclude<RequestCacheMode, 'default'>, Mode>> = {
  'no-store': { asks: 'pass', sends: END_TO_END },
  reload: { asks: 'no-cache', sends: END_TO_END, keepsBack: VALIDATORS },
  'no-cache': { asks: 'no-cache', sends: { 'cache-control': 'max-age=0' } },
  'force-cache': { asks: 'max-stale' },
  'only-if-cached': { asks: 'only-if-cached, max-stale' },
}

/** A request in some mode: its options, and what it demands of this cache, whatever the policy heeds of a header. */
interface InMode {
  readonly init: SendInit
  readonly demands: string | undefined
}

/** @throws InvalidArgumentError for what is not a mode */
export function checkedMode(mode: RequestCacheMode): RequestCacheMode {
  if (mode !== 'default' && !Object.hasOwn(MODES, mode))
    throw new InvalidArgumentError(`there is no cache mode ${printed(mode)}`)
  return mode
}

/**
 * `init` for a request in `mode`. `reload` and `no-cache` tell the origin by a hook, so such a request is driven by the thread
 * that makes it.
 */
export function inMode(mode: RequestCacheMode, headers: Headers, init: SendInit): InMode {
  if (mode === 'default') return { init: { ...init, headers }, demands: undefined }
  const { asks, sends, keepsBack = [] } = MODES[mode]
  if (sends === undefined) return { init: { ...init, headers }, demands: asks }
  if (asks === 'pass') {
    const told = withDefaults(new Headers(headers), sends)
    return { init: { ...init, headers: told, cacheOverride: 'pass' }, demands: undefined }
  }
  const beforeSend = preceded(init.beforeSend, ({ headers }) => {
    withDefaults(headers, sends)
    for (const name of keepsBack) headers.delete(name)
  })
  return { init: { ...init, headers, beforeSend }, demands: asks }
}

function withDefaults(headers: Headers, defaults: Readonly<Record<string, string>>): Headers {
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value)
  return headers
}
