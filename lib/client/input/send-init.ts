/** The options of one request, checked at the call. */

import { InvalidArgumentError } from '../../base/errors.js'
import { checkOptions } from '../../base/options.js'
import type { HeadersInput } from '../../base/web-types.js'
import { LONGEST_REMEMBERED } from '../../http/absolute-url.js'
import { overrideKey } from '../../http/key.js'
import { type Hooks, NO_HOOKS } from '../../pending/hooks.js'
import { type CacheOverride, checkedOverride } from '../../pending/override.js'
import type { RequestOptions } from '../../pending/request-options.js'
import { type BodyInput, requestBody } from './body-input.js'
import { type RequestInput, requestHead } from './target.js'

/** Options of `send`; of `fetch` too, where `RequestInit` does not have them already. */
export interface SendInit extends Hooks {
  /** GET by default. */
  readonly method?: string
  /** As in `fetch`. A `Host` is left out: the URL's is sent, unless a backend or `beforeSend` sets another. */
  readonly headers?: HeadersInput
  /** Not allowed for GET and HEAD. */
  readonly body?: BodyInput | null
  /** Cancels the request with its reason, or the body once there is an answer. */
  readonly signal?: AbortSignal | null
  /** The name of a backend; without it, the URL's own origin. */
  readonly backend?: string
  /** The cache key, in place of the one made from the URL: 32 bytes, used as they are, or any string. */
  readonly cacheKey?: string | Uint8Array
  /** Values that replace what the response itself says about caching; see `CacheOverrideFields` for the units. */
  readonly cacheOverride?: CacheOverride
}

const KNOWN: ReadonlySet<string> = new Set([
  'method',
  'headers',
  'body',
  'signal',
  'backend',
  'cacheKey',
  'cacheOverride',
  'beforeSend',
  'afterSend',
])

const NONE: SendInit = Object.freeze({})

/** The arguments of `send`, checked and completed. Throws `InvalidArgumentError`. */
export function requestOptions(input: RequestInput, init: SendInit = NONE): RequestOptions {
  if (init !== NONE) check(init)
  else if (typeof input === 'string') return plainOptions(input)
  return checkedOptions(input, init)
}

/** The options of requests given by a URL alone, by that URL as written: most programs request the same few over and over. */
const plain = new Map<string, RequestOptions>()
const MOST_PLAIN = 1000

function plainOptions(url: string): RequestOptions {
  const known = plain.get(url)
  if (known !== undefined) return known
  const options = checkedOptions(url, NONE)
  Object.freeze(options.request)
  Object.freeze(options)
  if (url.length <= LONGEST_REMEMBERED) {
    if (plain.size >= MOST_PLAIN) plain.clear()
    plain.set(url, options)
  }
  return options
}

function checkedOptions(input: RequestInput, init: SendInit): RequestOptions {
  const { content, fields } = requestBody(init.body ?? (input instanceof Request ? input.body : undefined))
  const request = requestHead(input, init)
  const { beforeSend, afterSend, backend, cacheKey } = init
  if (content !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
    throw new InvalidArgumentError(`a ${request.method} request has no body`)
  }
  return {
    request: fields === undefined ? request : { ...request, fields: [...request.fields, ...fields(request.fields)] },
    body: content,
    backend,
    key: cacheKey === undefined ? undefined : overrideKey(cacheKey),
    override: checkedOverride(init.cacheOverride),
    hooks: beforeSend === undefined && afterSend === undefined ? NO_HOOKS : { beforeSend, afterSend },
  }
}

function check(init: SendInit): void {
  checkOptions(init, KNOWN)
  for (const name of ['beforeSend', 'afterSend'] as const) {
    if (init[name] !== undefined && typeof init[name] !== 'function')
      throw new InvalidArgumentError(`${name} must be a function`)
  }
  if (init.backend !== undefined && typeof init.backend !== 'string')
    throw new InvalidArgumentError('backend must be a name')
  if (init.signal != null && !(init.signal instanceof AbortSignal))
    throw new InvalidArgumentError('signal must be an AbortSignal')
}
