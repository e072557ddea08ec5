/** What a method means to a cache (RFC 9110 9.2, RFC 9111 4.4). */

import { first, type RequestHead, type ResponseHead } from './message.js'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

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

function resolve(reference: string | undefined, base: URL): URL | undefined {
  return reference !== undefined && URL.canParse(reference, base.href) ? new URL(reference, base) : undefined
}

function withoutFragment(url: URL): string {
  url.hash = ''
  return url.href
}
