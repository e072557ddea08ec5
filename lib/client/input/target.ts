/** The head of a caller's request: URL, method and headers, checked at the call. */

import { InvalidArgumentError } from '../../base/errors.js'
import { printed } from '../../base/options.js'
import type { HeadersInput } from '../../base/web-types.js'
import { absoluteUrl } from '../../http/absolute-url.js'
import { fromHeaders } from '../../http/headers.js'
import { type Fields, has, type RequestHead, without } from '../../http/message.js'
import { FORBIDDEN_METHODS } from '../../http/methods.js'
import { isToken } from '../../http/token.js'

/** The input of `send` and `fetch`. */
export type RequestInput = string | URL | Request

export interface TargetInit {
  readonly method?: string | undefined
  readonly headers?: HeadersInput | undefined
}

const NO_FIELDS: Fields = Object.freeze([])
/** Methods that `fetch` converts to upper case. */
const CAPITALISED: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/** Throws `InvalidArgumentError` for a URL, method or header that cannot be sent. */
export function requestHead(input: RequestInput, init: TargetInit): RequestHead {
  const given = input instanceof Request ? input : undefined
  const url = absoluteUrl(given?.url ?? input)
  const method = checkedMethod(init.method ?? given?.method ?? 'GET')
  const headers = init.headers ?? given?.headers
  return { method, url, fields: headers === undefined ? NO_FIELDS : checkedFields(headers) }
}

/** The method as it is sent. Throws `InvalidArgumentError`. */
export function checkedMethod(method: string): string {
  if (!isToken(method)) throw new InvalidArgumentError(`not a method: ${printed(method)}`)
  const capitals = method.toUpperCase()
  if (FORBIDDEN_METHODS.has(capitals)) throw new InvalidArgumentError(`not a method to send: ${method}`)
  return CAPITALISED.has(capitals) ? capitals : method
}

/**
 * A `Host` is left out, as in the Fetch standard. The answer is stored under the URL, for everybody who requests that: if a program
 * passed a client's headers on, that client could choose the host that answers all others.
 */
function checkedFields(headers: HeadersInput): Fields {
  const fields = fromHeaders(headers instanceof Headers ? headers : checkedHeaders(headers))
  return has(fields, 'host') ? without(fields, 'host') : fields
}

/** A copy. Throws `InvalidArgumentError`. */
export function checkedHeaders(headers: HeadersInput): Headers {
  try {
    return new Headers(headers)
  } catch (cause) {
    throw new InvalidArgumentError(`headers that cannot be sent: ${(cause as Error).message}`, { cause })
  }
}
