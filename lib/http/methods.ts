/** What a method means to a cache (RFC 9110 9.2, RFC 9111 4.4). */

import { responseDirectives } from './directives.js'
import { hasExplicitFreshness } from './freshness.js'
import { first, type RequestHead, type ResponseHead } from './message.js'
import type { Policy } from './policy.js'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Methods that are never forwarded, and that `fetch` refuses too: `CONNECT` is not a request for a resource, and the others would
 * show a client the fields that were added on the way (RFC 9110 9.3.6, 9.3.8; Fetch 2.2.1).
 */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Whether the request uses the cache: `GET` and `HEAD` do, whatever else the request says. */
export function isRequestCacheable(request: RequestHead): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

/** Whether `method` is safe (RFC 9110 9.2.1). An unknown method is not. */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/**
 * The URLs whose stored responses a successful unsafe request invalidates: its own, and those of `Location` and
 * `Content-Location` if they are of the same origin, so that no site invalidates another's (RFC 9111 4.4).
 */
export function invalidatedUrls(request: RequestHead, response: ResponseHead): readonly string[] {
  if (isSafe(request.method) || response.status < 200 || response.status >= 400) return []
  const target = new URL(request.url)
  const mentioned = ['location', 'content-location']
    .map((name) => resolve(first(response.fields, name), target))
    .filter((url) => url !== undefined)
    .filter((url) => url.origin === target.origin)
    .map(withoutFragment)
  return [...new Set([request.url, ...mentioned])]
}

/**
 * Whether an answer to `POST` may be stored as the answer to a later `GET` of the same URL: its `Content-Location` is that URL, and
 * its freshness is explicit (RFC 9110 9.3.3).
 */
export function answersGet(request: RequestHead, response: ResponseHead, policy: Policy): boolean {
  if (request.method !== 'POST' || response.status !== 200) return false
  const said = responseDirectives(response.fields, policy)
  if (said === undefined || !hasExplicitFreshness(response.fields, said)) return false
  const target = new URL(request.url)
  const located = resolve(first(response.fields, 'content-location'), target)
  return located !== undefined && withoutFragment(located) === withoutFragment(target)
}

/**
 * Whether a 200 to `HEAD` describes the stored representation, of `length` bytes: each validator of the answer, and its length,
 * equal those of the stored response. If so, the answer's fields freshen the stored response; if not, the stored response is out
 * of date (RFC 9111 4.3.5).
 */
export function matchesStored(answer: ResponseHead, stored: ResponseHead, length: number | undefined): boolean {
  const sameValidators = ['etag', 'last-modified'].every((name) => {
    const value = first(answer.fields, name)
    return value === undefined || value === first(stored.fields, name)
  })
  const declared = first(answer.fields, 'content-length')
  return sameValidators && (declared === undefined || length === undefined || Number(declared) === length)
}

function resolve(reference: string | undefined, base: URL): URL | undefined {
  return reference !== undefined && URL.canParse(reference, base.href) ? new URL(reference, base) : undefined
}

function withoutFragment(url: URL): string {
  url.hash = ''
  return url.href
}
