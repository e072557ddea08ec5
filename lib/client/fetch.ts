/** `fetch` over a cache: modes, redirects, decoding and aborts as the Fetch standard has them. */

import { CancelledError, InvalidArgumentError } from '../base/errors.js'
import type { RequestCacheMode } from '../base/web-types.js'
import { decodedBody } from './decoding.js'
import type { PendingRequest } from './pending-request.js'
import type { HttpResponse } from './response.js'
import type { SendInit } from './send-init.js'
import type { RequestInput } from './target.js'
import { toWebResponse } from './web.js'

/** As for the platform's `fetch`, and what `send` takes. */
export type FetchInit = Omit<RequestInit, keyof SendInit | 'cache'> & SendInit & { readonly cache?: RequestCacheMode }

type Send = (input: RequestInput, init: SendInit) => PendingRequest

/** As many as the Fetch standard follows. */
const MOST_REDIRECTS = 20
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What each mode of `RequestInit.cache` is, said in request directives (RFC 9111 5.2.1) or around the cache. */
const MODES: Readonly<Record<RequestCacheMode, { readonly directive?: string; readonly pass?: true }>> = {
  default: {},
  'no-store': { pass: true },
  reload: { directive: 'no-cache' },
  'no-cache': { directive: 'max-age=0' },
  'force-cache': { directive: 'max-stale' },
  'only-if-cached': { directive: 'only-if-cached, max-stale' },
}

export async function fetchThrough(send: Send, input: RequestInput, init: FetchInit = {}): Promise<Response> {
  const given = input instanceof Request ? input : undefined
  const signal = init.signal ?? given?.signal
  const redirect = init.redirect ?? given?.redirect ?? 'follow'
  let target: RequestInput = input
  let options = sendInit(init, given)
  for (let redirects = 0; ; redirects++) {
    const response = await answered(send(target, options), signal ?? undefined)
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    if (location === null || redirect === 'manual')
      return web(response, { redirected: redirects > 0, signal: signal ?? undefined })
    response.cancel()
    if (redirect === 'error') throw new TypeError(`redirected to ${location}, and redirect is 'error'`)
    if (redirects === MOST_REDIRECTS) throw new TypeError(`more than ${MOST_REDIRECTS} redirects`)
    const next = new URL(location, response.url)
    options = redirected(options, {
      status: response.status,
      from: response.url,
      to: next.href,
      method: options.method ?? given?.method ?? 'GET',
    })
    target = next
  }
}

/** The promise of `fetch` rejects with the signal's own reason. */
async function answered(pending: PendingRequest, signal: AbortSignal | undefined): Promise<HttpResponse> {
  try {
    return await pending
  } catch (failure) {
    if (failure instanceof CancelledError && signal?.aborted) throw signal.reason
    throw failure
  }
}

function sendInit(init: FetchInit, given: Request | undefined): SendInit {
  const headers = new Headers(init.headers ?? given?.headers)
  if (!headers.has('accept')) headers.set('accept', '*/*')
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip, deflate, br')
  const mode = init.cache ?? modeOf(given)
  const meaning = MODES[mode]
  if (meaning === undefined) throw new InvalidArgumentError(`there is no cache mode ${mode}`)
  if (meaning.directive !== undefined && !headers.has('cache-control')) headers.set('cache-control', meaning.directive)
  const { method, body, signal, backend, cacheKey, cacheOverride, beforeSend, afterSend } = init
  const override = meaning.pass ? ('pass' as const) : cacheOverride
  return {
    headers,
    ...(method !== undefined && { method }),
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
    ...(backend !== undefined && { backend }),
    ...(cacheKey !== undefined && { cacheKey }),
    ...(override !== undefined && { cacheOverride: override }),
    ...(beforeSend !== undefined && { beforeSend }),
    ...(afterSend !== undefined && { afterSend }),
  }
}

/** Node's own `Request` carries the mode; not every type library knows. */
function modeOf(request: Request | undefined): RequestCacheMode {
  return (request as { cache?: RequestCacheMode } | undefined)?.cache ?? 'default'
}

interface Redirect {
  readonly status: number
  readonly from: string
  readonly to: string
  readonly method: string
}

const OF_A_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']

/** The Fetch standard, HTTP-redirect fetch: some become a GET without body, and credentials stay with their origin. */
function redirected(init: SendInit, { status, from, to, method }: Redirect): SendInit {
  const headers = new Headers(init.headers)
  if (new URL(from).origin !== new URL(to).origin)
    for (const name of ['authorization', 'cookie', 'host']) headers.delete(name)
  const becomesGet = (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')
  if (!becomesGet) return { ...init, headers, method }
  for (const name of OF_A_BODY) headers.delete(name)
  return { ...init, headers, method: 'GET', body: null }
}

/** The body comes decoded, the fields stay as they came; an abort in the middle of the body breaks it off. */
function web(response: HttpResponse, options: { redirected: boolean; signal: AbortSignal | undefined }): Response {
  const { status, statusText, headers } = response
  const body = decodedBody(response, options.signal)
  return toWebResponse(response, { status, statusText, fields: [...headers] }, { body, redirected: options.redirected })
}
