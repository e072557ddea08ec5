/** The modes of `RequestInit.cache`, as what a request asks of this cache and what it tells the caches behind it. */

import { InvalidArgumentError } from '../../base/errors.js'
import type { RequestCacheMode } from '../../base/web-types.js'
import type { BackendRequest } from '../../pending/backend-request.js'
import type { SendInit } from '../asking/send-init.js'

interface Mode {
  /** Directives for the lookup here (RFC 9111 5.2.1); `pass` goes around it. */
  readonly asks: string
  /** What goes on from here if the caller says nothing itself (Fetch 4.5, HTTP-network-or-cache fetch). */
  readonly sends: Readonly<Record<string, string>>
  /** Whether what is stored may be validated, or is to be fetched anew. */
  readonly validates: boolean
}

const END_TO_END = { 'cache-control': 'no-cache', pragma: 'no-cache' }

const MODES: Readonly<Record<Exclude<RequestCacheMode, 'default'>, Mode>> = {
  'no-store': { asks: 'pass', sends: END_TO_END, validates: false },
  reload: { asks: 'no-cache', sends: END_TO_END, validates: false },
  'no-cache': { asks: 'no-cache', sends: { 'cache-control': 'max-age=0' }, validates: true },
  'force-cache': { asks: 'max-stale', sends: {}, validates: true },
  'only-if-cached': { asks: 'only-if-cached, max-stale', sends: {}, validates: true },
}

/**
 * `init` for a request in `mode`. Every mode but `default` is a hook, so such a request is driven by the thread that makes
 * it. A policy that does not honour request directives honours `no-store` alone.
 *
 * @throws InvalidArgumentError for what is not a mode
 */
export function inMode(mode: RequestCacheMode, headers: Headers, init: SendInit): SendInit {
  if (mode === 'default') return { ...init, headers }
  if (!Object.hasOwn(MODES, mode)) throw new InvalidArgumentError(`there is no cache mode ${String(mode)}`)
  const { asks, sends, validates } = MODES[mode]
  if (asks === 'pass') return { ...init, headers: withDefaults(headers, sends), cacheOverride: 'pass' }
  const own = new Headers(headers)
  const asking = new Headers(headers)
  asking.set('cache-control', asks)
  return {
    ...init,
    headers: asking,
    beforeSend(request) {
      say(request, own, sends)
      if (!validates) for (const name of VALIDATORS) request.headers.delete(name)
      return init.beforeSend?.(request)
    },
  }
}

const VALIDATORS = ['if-none-match', 'if-modified-since']

/** What the lookup was asked is for this cache alone. */
function say({ headers }: BackendRequest, own: Headers, sends: Mode['sends']): void {
  const said = own.get('cache-control')
  if (said === null) headers.delete('cache-control')
  else headers.set('cache-control', said)
  withDefaults(headers, sends)
}

function withDefaults(headers: Headers, defaults: Mode['sends']): Headers {
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value)
  return headers
}
