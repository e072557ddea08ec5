/** What a method means to a cache (RFC 9110 9.2, RFC 9111 4.4). */

import { responseDirectives } from './directives.js'
import { first, has, type RequestHead, type ResponseHead } from './message.js'
import type { Policy } from './policy.js'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Methods that no cache forwards and no `fetch` takes: `CONNECT` is no request for a resource, and the others would show a
 * client what was added on the way (RFC 9110 9.3.6, 9.3.8; Fetch 2.2.1).
 */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Whether the answer to `request` is looked up and stored: `GET` and `HEAD`, whatever else the request says. */
export function isRequestCacheable(request: RequestHead): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

/** Whether `method` only reads (RFC 9110 9.2.1). A method we do not know may write. */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/**
 * The URLs whose stored responses a successful unsafe request invalidates: its own, and those of `Location` and
 * `Content-Location` on the same origin, lest one site invalidate another's (RFC 9111 4.4).
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
 * Whether an answer to `POST` is a representation that a later `GET` of the same URL may be answered with: it says so by
 * `Content-Location`, and says how long (RFC 9110 9.3.3).
 */
export function answersGet(request: RequestHead, response: ResponseHead, policy: Policy): boolean {
  if (request.method !== 'POST' || response.status !== 200) return false
  const target = new URL(request.url)
  const located = resolve(first(response.fields, 'content-location'), target)
  return located !== undefined && withoutFragment(located) === withoutFragment(target) && isDated(response, policy)
}

/**
 * Whether a 200 to `HEAD` is about the representation that is stored, of `length` bytes: all the validators it has, and its
 * length, are those of the stored one. Then its fields freshen that; otherwise that is out of date (RFC 9111 4.3.5).
 */
export function matchesStored(answer: ResponseHead, stored: ResponseHead, length: number | undefined): boolean {
  const sameValidators = ['etag', 'last-modified'].every((name) => {
    const value = first(answer.fields, name)
    return value === undefined || value === first(stored.fields, name)
  })
  const declared = first(answer.fields, 'content-length')
  return sameValidators && (declared === undefined || length === undefined || Number(declared) === length)
}

/** Freshness that is said, not guessed (RFC 9111 4.2.1). */
function isDated({ fields }: ResponseHead, policy: Policy): boolean {
  const said = responseDirectives(fields, policy)
  if (said === undefined) return false
  const { directives, expires } = said
  return directives.has('s-maxage') || directives.has('max-age') || (expires === 'counts' && has(fields, 'expires'))
}

function resolve(reference: string | undefined, base: URL): URL | undefined {
  return reference !== undefined && URL.canParse(reference, base.href) ? new URL(reference, base) : undefined
}

function withoutFragment(url: URL): string {
  url.hash = ''
  return url.href
}
