/** What a value is, of whichever realm: programs run in several, and test runners give each file one of its own. */

import { types } from 'node:util'

export const { isAsyncFunction, isPromise, isSharedArrayBuffer, isUint8Array } = types

/** The platform's own exceptions included, which are no native errors. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value) || tagOf(value) === '[object DOMException]'
}

/** By its name where it is of another realm. */
export function isTypeError(value: unknown): value is TypeError {
  return value instanceof TypeError || (isError(value) && value.name === 'TypeError')
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}
