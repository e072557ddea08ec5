/** `fetch` over a cache: modes, redirects, decoding and aborts as the Fetch standard has them. */

import { CancelledError } from '../../base/errors.js'
import type { RequestCacheMode } from '../../base/web-types.js'
import { bodyOf } from '../input/body-input.js'
import type { SendInit } from '../input/send-init.js'
import { checkedHeaders, checkedMethod, type RequestInput } from '../input/target.js'
import type { PendingRequest } from '../request/pending-request.js'
import type { HttpResponse } from '../response/response.js'
import { isWithoutBody, toWebResponse } from '../response/web.js'
import { abortable } from './abortable.js'
import { checkedMode, withMode } from './cache-mode.js'
import { decodedBody } from './decoding.js'
import { asFetchError, networkError } from './fetch-error.js'
import { checkInit, type FetchInit } from './fetch-init.js'
import { hasIntegrity } from './integrity.js'
import { isRedirect, type Redirectable, redirected, redirectTarget } from './redirect.js'
import { Referrer } from './referrer.js'

/** `demands` are directives for this cache itself, in the syntax of `Cache-Control`. */
type Send = (input: RequestInput, init: SendInit, demands: string | undefined) => PendingRequest

/** The limit of the Fetch standard. */
const MOST_REDIRECTS = 20

/** Schemes without an origin server: the content is in the URL or in this process. */
const WITHOUT_ORIGIN = /^\s*(?:data|blob):/i
/** The platform's `fetch`, before a program could replace it by a cache's. */
const platformFetch = globalThis.fetch

export async function fetchThrough(send: Send, input: RequestInput, options?: FetchInit | null): Promise<Response> {
  const init = options ?? {}
  const given = input instanceof Request ? input : undefined
  try {
    if (WITHOUT_ORIGIN.test(given?.url ?? String(input))) return await platformFetch(input, init as RequestInit)
    const following = followOptions(init, given)
    const body = init.body ?? (given?.body ? await bodyOf(given.body) : null)
    return await follow(send, given?.url ?? input, { body, ...firstHead(init, given) }, following)
  } catch (failure) {
    throw asFetchError(failure, 'fetch failed')
  }
}

/** The options of one `fetch`. A redirect may change `referrer` and `forUrl`; the others stay the same. */
interface FollowOptions {
  readonly signal: AbortSignal | undefined
  readonly mode: RequestCacheMode
  readonly redirect: NonNullable<RequestInit['redirect']>
  /** Whether a redirect may lead to another origin. */
  readonly reach: 'anywhere' | 'same-origin'
  readonly referrer: Referrer | undefined
  readonly integrity: string
  /** The options for every send. */
  readonly everySend: SendInit
  /** The options that belong to the first URL: its backend and its cache key. */
  readonly forUrl: SendInit
}

function followOptions(init: FetchInit, given: Request | undefined): FollowOptions {
  checkInit(init, given)
  // `null` means no signal, and overrides the signal of the Request.
  const signal = (init.signal === undefined ? given?.signal : init.signal) ?? undefined
  if (signal?.aborted) {
    cancelBody(init.body ?? given?.body, signal.reason)
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
    everySend: signal === undefined ? edits : { signal, ...edits },
    forUrl: pick(init, 'backend', 'cacheKey'),
  }
}

async function follow(
  send: Send,
  first: RequestInput,
  request: Redirectable,
  options: FollowOptions,
): Promise<Response> {
  const { signal, mode, redirect, reach, integrity, everySend } = options
  let { forUrl, referrer } = options
  let target = first
  let type: WebOptions['type'] = 'basic'
  for (let redirects = 0; ; redirects++) {
    signal?.throwIfAborted()
    referrer = referrer?.forTarget(target)
    const { method, body } = request
    const headers = referrer?.appliedTo(request.headers) ?? request.headers
    const { init, demands } = withMode(mode, headers, { method, headers, body, ...everySend, ...forUrl })
    const response = await answerOf(send(target, init, demands), signal)
    const location = isRedirect(response.status) ? response.headers.get('location') : null
    const isFinal = redirect === 'error' ? !isRedirect(response.status) : redirect === 'manual' || location === null
    if (isFinal)
      return orCancel(response, webResponse(response, { method, isRedirected: redirects > 0, type, signal, integrity }))
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
    // The redirect itself is stored under the caller's key, so the target needs another one. A backend serves only its own origin.
    forUrl = crossesOrigins ? {} : pick(forUrl, 'backend')
    target = next
  }
}

/** Cancels the stream of a request that is aborted before it is sent (Fetch, 5.6). A failure of that cancellation is ignored. */
function cancelBody(body: FetchInit['body'], reason: unknown): void {
  if (body instanceof ReadableStream && !body.locked) void body.cancel(reason).catch(() => {})
}

/** The head before any redirect, with the fields that `fetch` adds if the caller has not set them. */
function firstHead(init: FetchInit, given: Request | undefined): Omit<Redirectable, 'body'> {
  const headers = checkedHeaders(init.headers ?? given?.headers)
  const accepted = headers.has('range') ? 'identity' : 'gzip, deflate, br'
  const defaults = { accept: '*/*', 'accept-encoding': accepted, 'user-agent': 'tidewait' }
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value)
  return { method: checkedMethod(init.method ?? given?.method ?? 'GET'), headers }
}

/** The named options that are given. */
function pick<Name extends keyof SendInit>(init: SendInit, ...names: readonly Name[]): Pick<SendInit, Name> {
  const given = names.filter((name) => init[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, init[name]])) as Pick<SendInit, Name>
}

/** The mode of a `Request`. Node's has one, though some type libraries do not say so. */
function modeOf(request: Request | undefined): RequestCacheMode {
  return (request as { cache?: RequestCacheMode } | undefined)?.cache ?? 'default'
}

/** Waits for the answer. After an abort, throws the signal's own reason, with which the promise of `fetch` rejects. */
async function answerOf(pending: PendingRequest, signal: AbortSignal | undefined): Promise<HttpResponse> {
  try {
    return await pending
  } catch (failure) {
    if (failure instanceof CancelledError) signal?.throwIfAborted()
    throw failure
  }
}

/** Cancels `response` if `answer` fails: nobody would read it. */
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
  /** Hashes that the body must match. If there are any, the whole body is read before the caller gets it. */
  readonly integrity: string
}

/** The platform's `Response`: the body is decoded, the fields stay as they came, and an abort breaks the body off. */
async function webResponse(response: HttpResponse, options: WebOptions): Promise<Response> {
  const { method, isRedirected: redirected, type, signal, integrity } = options
  const stream = () => (signal === undefined ? decodedBody(response) : abortable(decodedBody(response), signal))
  const { head } = response
  const given = { redirected, type, guard: 'immutable' } as const
  if (integrity === '') return toWebResponse(response, head, { body: method === 'HEAD' ? 'none' : stream, ...given })
  if (method === 'HEAD' || isWithoutBody(head.status)) throw networkError('there is no body to have that integrity')
  const bytes = new Uint8Array(await new Response(stream()).arrayBuffer())
  if (!hasIntegrity(bytes, integrity)) throw networkError('integrity mismatch')
  return toWebResponse(response, head, { body: () => bytes, ...given })
}
