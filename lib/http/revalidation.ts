/** The request a cache sends to the origin in a client's place (RFC 9111 4.3.1). */

import { type Field, first, has, type RequestHead, type ResponseHead, without } from './message.js'

const CLIENTS_OWN = [
  'range',
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
] as const

/**
 * `request` as sent for the whole representation: `GET` for `HEAD`, without the client's range and conditions, and with the
 * validators of `stored` where there are any. Method and fields are those of the lookup; the body is not spoken of.
 */
export function suggestedRequest(request: RequestHead, stored: ResponseHead | undefined): RequestHead {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const validators = stored === undefined ? [] : conditions(stored)
  return { ...request, method, fields: [...without(request.fields, ...CLIENTS_OWN), ...validators] }
}

/** Whether a suggested request asks the origin to validate what is stored: the conditions it has are the cache's own. */
export function isValidating({ fields }: RequestHead): boolean {
  return has(fields, 'if-none-match') || has(fields, 'if-modified-since')
}

/** Validators go back verbatim, weak ones too: validation compares weakly (RFC 9110 13.1.2). */
function conditions({ fields }: ResponseHead): Field[] {
  const found: Field[] = []
  const tag = first(fields, 'etag')
  const lastModified = first(fields, 'last-modified')
  if (tag !== undefined) found.push(['if-none-match', tag])
  if (lastModified !== undefined) found.push(['if-modified-since', lastModified])
  return found
}
