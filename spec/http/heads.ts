/** Heads for specs, written in one line. */

import {
  type Field,
  type Fields,
  type RequestHead,
  type ResponseHead,
  withoutOuterSpace,
} from '../../lib/http/message.js'

/** Field lines from `name: value` texts. */
export function lines(...texts: readonly string[]): Fields {
  return texts.map((text): Field => {
    const colon = text.indexOf(':')
    return [text.slice(0, colon).toLowerCase(), withoutOuterSpace(text.slice(colon + 1))]
  })
}

export function get(...fields: readonly string[]): RequestHead {
  return { method: 'GET', url: 'http://origin.example/a?b', fields: lines(...fields) }
}

export function head(...fields: readonly string[]): RequestHead {
  return { ...get(...fields), method: 'HEAD' }
}

export function answer(status: number, ...fields: readonly string[]): ResponseHead {
  return { status, statusText: '', fields: lines(...fields) }
}

/** A wall clock reading to date things by: Sun, 06 Nov 1994 08:49:37 GMT. */
export const NOW = Date.UTC(1994, 10, 6, 8, 49, 37)
