/** Fields that an origin sends for its cache alone, and which clients may see them (semantics 8.5). */

import { type Fields, has, type RequestHead, without } from './message.js'

/** `fields` without the surrogate fields, unless `request` comes from a client that may see them. */
export function withoutSurrogateFields(request: RequestHead, fields: Fields): Fields {
  return seesSurrogateFields(request) ? fields : without(fields, 'surrogate-key', 'surrogate-control')
}

/** Whether a request comes from another cache, or from someone who debugs. */
export function seesSurrogateFields({ fields }: RequestHead): boolean {
  return has(fields, 'fastly-ff') || has(fields, 'fastly-debug')
}
