/** What becomes of a request that is redirected: the Fetch standard, HTTP-redirect fetch. */

import type { BodyInput } from '../asking/body-input.js'
import { failedBy, networkError } from './fetch-error.js'

/** A request on its way from one redirect to the next. */
export interface Redirectable {
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInput | null
}

const OF_A_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']
const OF_AN_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host']

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

/** Where it leads. @throws TypeError where nothing can be fetched from */
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

/** A field has bytes, one to a character; in a `Location` beyond ASCII they are UTF-8, as every browser reads them. */
function fromBytes(location: string): string {
  return /^[\x20-\x7e]*$/.test(location) ? location : Buffer.from(location, 'latin1').toString()
}

/**
 * Some become a GET without a body, and credentials stay with their origin.
 *
 * @throws TypeError for a body that was read from a stream, and would have to be sent again
 */
export function redirected(request: Redirectable, status: number, crossesOrigins: boolean): Redirectable {
  const { method, body } = request
  if (status !== 303 && body !== null && !isRepeatable(body))
    throw networkError(`redirected with ${status}, and the body was a stream`)
  const headers = new Headers(request.headers)
  if (crossesOrigins) for (const name of OF_AN_ORIGIN) headers.delete(name)
  if (!becomesGet(method, status)) return { method, headers, body }
  for (const name of OF_A_BODY) headers.delete(name)
  return { method: 'GET', headers, body: null }
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function isRepeatable(body: BodyInput): boolean {
  return typeof body === 'string' || !(Symbol.asyncIterator in body)
}
