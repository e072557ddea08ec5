/** How long the body of an answer is, by its head and the request's method (RFC 9112 6.3). */

import { first, has, type ResponseHead } from './message.js'

/** Whether an answer has no body, whatever its fields say. */
export function hasNoBody(method: string | undefined, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

/** How many bytes the body will have; `undefined` if the head does not say. */
export function bodyLength(method: string, { status, fields }: ResponseHead): number | undefined {
  if (hasNoBody(method, status)) return 0
  if (has(fields, 'transfer-encoding')) return undefined
  const declared = first(fields, 'content-length')
  return declared !== undefined && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined
}
