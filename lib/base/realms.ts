/** Type checks that hold across realms: a program may have several, and some test runners give each file its own. */

import { types } from 'node:util'

export const { isAsyncFunction, isPromise, isSharedArrayBuffer, isUint8Array } = types

/** Includes `DOMException`, which is not a native error. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value) || tagOf(value) === '[object DOMException]'
}

/** A `TypeError` of another realm is known by its name. */
export function isTypeError(value: unknown): value is TypeError {
  return value instanceof TypeError || (isError(value) && value.name === 'TypeError')
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
