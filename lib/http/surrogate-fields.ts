/** Fields that an origin says to its cache alone, and who may see them besides (semantics 8.5). */

import { type Fields, has, type RequestHead, without } from './message.js'

/** `fields` without them, unless `request` comes from who may see them. */
export function withoutSurrogateFields(request: RequestHead, fields: Fields): Fields {
  return seesSurrogateFields(request) ? fields : without(fields, 'surrogate-key', 'surrogate-control')
}

/** Whether it comes from another cache, or from someone debugging. */
export function seesSurrogateFields({ fields }: RequestHead): boolean {
  return has(fields, 'fastly-ff') || has(fields, 'fastly-debug')
}
