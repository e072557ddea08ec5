/** The request that follows a redirect, as in the Fetch standard, HTTP-redirect fetch. */

import type { BodyInput } from '../input/body-input.js'
import { failedBy, networkError } from './fetch-error.js'

/** The parts of a request that a redirect may change. */
export interface Redirectable {
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInput | null
}

const BODY_FIELDS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']
const ORIGIN_FIELDS = ['authorization', 'proxy-authorization', 'cookie', 'host']

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/** The URL that a redirect leads to. @throws TypeError if nothing can be fetched from there */
export function redirectTarget(location: string, from: string): URL {
  const target = resolved(fromBytes(location), from)
  if (!/^https?:$/.test(target.protocol))
    throw networkError(`redirected to what is not an http or https URL: ${location}`)
  if (target.username !== '' || target.password !== '')
    throw networkError(`redirected to a URL with credentials: ${target.host}`)
  return target
}

function resolved(location: string, from: string): URL {
  try {
    return new URL(location, from)
  } catch (cause) {
    throw failedBy(cause)
  }
}

/** A field value has one character for each byte. Non-ASCII bytes in a `Location` are read as UTF-8, as in every browser. */
function fromBytes(location: string): string {
  return /^[\x20-\x7e]*$/.test(location) ? location : Buffer.from(location, 'latin1').toString()
}

/**
 * The request after a redirect. Some become a GET without a body. Credentials are dropped if the origin changes.
 *
 * @throws TypeError for a body from a stream that would have to be sent again
 */
export function redirected(request: Redirectable, status: number, crossesOrigins: boolean): Redirectable {
  const { method, body } = request
  if (status !== 303 && body !== null && !isRepeatable(body))
    throw networkError(`redirected with ${status}, and the body was a stream`)
  const headers = new Headers(request.headers)
  if (crossesOrigins) for (const name of ORIGIN_FIELDS) headers.delete(name)
  if (!becomesGet(method, status)) return { method, headers, body }
  for (const name of BODY_FIELDS) headers.delete(name)
  return { method: 'GET', headers, body: null }
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function isRepeatable(body: BodyInput): boolean {
  return typeof body === 'string' || !(Symbol.asyncIterator in body)
}
