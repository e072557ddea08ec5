/** Calls as a program without types makes them, and that they are refused. */

import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/base/errors.js'

export type Call = (...args: unknown[]) => unknown

/** A method of `target`, whatever it is given. */
export function untyped(target: object, method: string): Call {
  return Reflect.get(target, method).bind(target)
}

export function refuses(call: () => unknown): void {
  assert.throws(call, (error: unknown) => error instanceof InvalidArgumentError)
}
