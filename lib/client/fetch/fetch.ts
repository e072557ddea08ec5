/** `fetch` over a cache: modes, redirects, decoding and aborts as the Fetch standard has them. */

import { CancelledError } from '../../base/errors.js'
import type { RequestCacheMode } from '../../base/web-types.js'
import { bodyOf } from '../asking/body-input.js'
import type { SendInit } from '../asking/send-init.js'
import { checkedMethod, type RequestInput } from '../asking/target.js'
import type { PendingRequest } from '../request/pending-request.js'
import type { HttpResponse } from '../response/response.js'
import { isWithoutBody, toWebResponse } from '../response/web.js'
import { brokenOff } from './broken-off.js'
import { checkedMode, inMode } from './cache-mode.js'
import { decodedBody } from './decoding.js'
import { asFetchError, networkError } from './fetch-error.js'
import { checkInit, type FetchInit } from './fetch-init.js'
import { hasIntegrity } from './integrity.js'
import { isRedirect, type Redirectable, redirected, redirectTarget } from './redirect.js'
import { Referrer } from './referrer.js'

/** `demands` is what is asked of this cache itself, as `Cache-Control` would say it. */
type Send = (input: RequestInput, init: SendInit, demands: string | undefined) => PendingRequest

/** As many as the Fetch standard follows. */
const MOST_REDIRECTS = 20

/** Schemes of what has no origin, and is in the URL or in this process. */
const WITHOUT_ORIGIN = /^\s*(?:data|blob):/i
/** As it was before anybody put a cache's in its place. */
const platformFetch = globalThis.fetch

export async function fetchThrough(send: Send, input: RequestInput, options?: FetchInit | null): Promise<Response> {
  const init = options ?? {}
  const given = input instanceof Request ? input : undefined
  try {
    if (WITHOUT_ORIGIN.test(given?.url ?? String(input))) return await platformFetch(input, init as RequestInit)
    const journey = departure(init, given)
    const body = init.body ?? (given?.body ? await bodyOf(given.body) : null)
    return await follow(send, given?.url ?? input, { body, ...firstHead(init, given) }, journey)
  } catch (failure) {
    throw asFetchError(failure, 'fetch failed')
  }
}

/** What stays the same from one redirect to the next. */
interface Journey {
  readonly signal: AbortSignal | undefined
  readonly mode: RequestCacheMode
  readonly redirect: NonNullable<RequestInit['redirect']>
  /** Whether a redirect may lead to another origin. */
  readonly reach: 'anywhere' | 'same-origin'
  readonly referrer: Referrer | undefined
  readonly integrity: string
  readonly throughout: SendInit
  /** What is said of the first URL. */
  readonly named: SendInit
}

function departure(init: FetchInit, given: Request | undefined): Journey {
  checkInit(init, given)
  // `null` is no signal, not even that of the Request.
  const signal = (init.signal === undefined ? given?.signal : init.signal) ?? undefined
  if (signal?.aborted) {
    leave(init.body ?? given?.body, signal.reason)
    throw signal.reason
  }
  const edits = pick(init, 'cacheOverride', 'beforeSend', 'afterSend')
  return {
    signal,
    mode: checkedMode(init.cache ?? modeOf(given)),
    redirect: init.redirect ?? given?.redirect ?? 'follow',
    reach: (init.mode ?? given?.mode) === 'same-origin' ? 'same-origin' : 'anywhere',
    referrer: Referrer.of(init, given),
    integrity: String(init.integrity ?? given?.integrity ?? ''),
    throughout: signal === undefined ? edits : { signal, ...edits },
    named: pick(init, 'backend', 'cacheKey'),
  }
}

async function follow(send: Send, first: RequestInput, request: Redirectable, journey: Journey): Promise<Response> {
  const { signal, mode, redirect, reach, integrity, throughout } = journey
  let { named, referrer } = journey
  let target = first
  let type: WebOptions['type'] = 'basic'
  for (let redirects = 0; ; redirects++) {
    signal?.throwIfAborted()
    referrer = referrer?.towards(target)
    const { method, body } = request
    const headers = referrer?.saidIn(request.headers) ?? request.headers
    const { init, demands } = inMode(mode, headers, { method, headers, body, ...throughout, ...named })
    const response = await answered(send(target, init, demands), signal)
    const location = isRedirect(response.status) ? response.headers.get('location') : null
    const isFinal = redirect === 'error' ? !isRedirect(response.status) : redirect === 'manual' || location === null
    if (isFinal)
      return orCancel(response, web(response, { method, isRedirected: redirects > 0, type, signal, integrity }))
    response.cancel()
    if (redirect === 'error') throw networkError(`${response.url} redirects, and redirect is 'error'`)
    const next = redirectTarget(location ?? '', response.url)
    if (redirects === MOST_REDIRECTS) throw networkError(`more than ${MOST_REDIRECTS} redirects`)
    const crossesOrigins = next.origin !== new URL(response.url).origin
    if (crossesOrigins && reach === 'same-origin')
      throw networkError(`mode is 'same-origin', and ${next.origin} is another`)
    if (crossesOrigins) type = 'cors'
    referrer = referrer?.redirectedBy(response.headers.get('referrer-policy'))
    request = redirected(request, response.status, crossesOrigins)
    // The redirect itself is what is stored under that key, and a named backend stands for its own origin only.
    named = crossesOrigins ? {} : pick(named, 'backend')
    target = next
  }
}

/** A stream whose request is aborted before it is sent hears of that (Fetch, 5.6). What it has to say is of no use to anybody. */
function leave(body: FetchInit['body'], reason: unknown): void {
  if (body instanceof ReadableStream && !body.locked) void body.cancel(reason).catch(() => {})
}

/** The head before any redirect, with the fields that `fetch` adds where the caller says nothing. */
function firstHead(init: FetchInit, given: Request | undefined): Omit<Redirectable, 'body'> {
  const headers = new Headers(init.headers ?? given?.headers)
  const accepted = headers.has('range') ? 'identity' : 'gzip, deflate, br'
  const defaults = { accept: '*/*', 'accept-encoding': accepted, 'user-agent': 'tidewait' }
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value)
  return { method: checkedMethod(init.method ?? given?.method ?? 'GET'), headers }
}

/** Those of the options that are given. */
function pick<Name extends keyof SendInit>(init: SendInit, ...names: readonly Name[]): Pick<SendInit, Name> {
  const given = names.filter((name) => init[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, init[name]])) as Pick<SendInit, Name>
}

/** Node's own `Request` carries the mode; not every type library knows. */
function modeOf(request: Request | undefined): RequestCacheMode {
  return (request as { cache?: RequestCacheMode } | undefined)?.cache ?? 'default'
}

/** The promise of `fetch` rejects with the signal's own reason. */
async function answered(pending: PendingRequest, signal: AbortSignal | undefined): Promise<HttpResponse> {
  try {
    return await pending
  } catch (failure) {
    if (failure instanceof CancelledError) signal?.throwIfAborted()
    throw failure
  }
}

/** Where no answer comes of `response` after all, nobody will read it. */
async function orCancel(response: HttpResponse, answer: Promise<Response>): Promise<Response> {
  try {
    return await answer
  } catch (failure) {
    response.cancel()
    throw failure
  }
}

interface WebOptions {
  readonly method: string
  readonly isRedirected: boolean
  readonly type: 'basic' | 'cors'
  readonly signal: AbortSignal | undefined
  /** Hashes the body has to have; it is whole then before anybody gets it. */
  readonly integrity: string
}

/** The body comes decoded, the fields stay as they came; an abort in the middle of the body breaks it off. */
async function web(response: HttpResponse, options: WebOptions): Promise<Response> {
  const { method, isRedirected: redirected, type, signal, integrity } = options
  const stream = () => (signal === undefined ? decodedBody(response) : brokenOff(decodedBody(response), signal))
  const { head } = response
  const given = { redirected, type, guard: 'immutable' } as const
  if (integrity === '') return toWebResponse(response, head, { body: method === 'HEAD' ? 'none' : stream, ...given })
  if (method === 'HEAD' || isWithoutBody(head.status)) throw networkError('there is no body to have that integrity')
  const bytes = new Uint8Array(await new Response(stream()).arrayBuffer())
  if (!hasIntegrity(bytes, integrity)) throw networkError('integrity mismatch')
  return toWebResponse(response, head, { body: () => bytes, ...given })
}
