/** What a caller asks for, as a request head: URL, method and headers, checked at the call. */

import { InvalidArgumentError } from '../../base/errors.js'
import { printed } from '../../base/options.js'
import type { HeadersInput } from '../../base/web-types.js'
import { absoluteUrl } from '../../http/absolute-url.js'
import { fromHeaders } from '../../http/headers.js'
import { type Fields, has, type RequestHead, without } from '../../http/message.js'
import { FORBIDDEN_METHODS } from '../../http/methods.js'
import { isToken } from '../../http/token.js'

/** What can be requested. */
export type RequestInput = string | URL | Request

export interface TargetInit {
  readonly method?: string | undefined
  readonly headers?: HeadersInput | undefined
}

const NO_FIELDS: Fields = Object.freeze([])
/** Methods that `fetch` writes in capitals however they come. */
const CAPITALISED: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/** Throws `InvalidArgumentError` for a URL, method or header that cannot be sent. */
export function requestHead(input: RequestInput, init: TargetInit): RequestHead {
  const given = input instanceof Request ? input : undefined
  const url = absoluteUrl(given?.url ?? input)
  const method = checkedMethod(init.method ?? given?.method ?? 'GET')
  const headers = init.headers ?? given?.headers
  return { method, url, fields: headers === undefined ? NO_FIELDS : checkedFields(headers) }
}

/** As it is sent. Throws `InvalidArgumentError`. */
export function checkedMethod(method: string): string {
  if (!isToken(method)) throw new InvalidArgumentError(`not a method: ${printed(method)}`)
  const capitals = method.toUpperCase()
  if (FORBIDDEN_METHODS.has(capitals)) throw new InvalidArgumentError(`not a method to send: ${method}`)
  return CAPITALISED.has(capitals) ? capitals : method
}

/**
 * A `Host` is left out, as the Fetch standard has it: the URL says which host is meant, and what is stored under that is for
 * everybody who asks for it. A program that passes a client's headers on would let that client choose.
 */
function checkedFields(headers: HeadersInput): Fields {
  try {
    const fields = fromHeaders(headers instanceof Headers ? headers : new Headers(headers))
    return has(fields, 'host') ? without(fields, 'host') : fields
  } catch (cause) {
    throw new InvalidArgumentError('headers that cannot be sent', { cause })
  }
}
