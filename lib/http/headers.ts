/** Converts between the library's field lists and the web's `Headers`. */

import type { Fields } from './message.js'

export function toHeaders(fields: Fields): Headers {
  const headers = new Headers()
  for (const [name, value] of fields) headers.append(name, value)
  return headers
}

/** The fields sorted by name, as `Headers` gives them. Several `Set-Cookie` stay separate; other repeated lines are joined. */
export function fromHeaders(headers: Headers): Fields {
  return [...headers]
}
