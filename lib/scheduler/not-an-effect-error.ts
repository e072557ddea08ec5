/** The error for a coroutine that yields something which is not an effect. */

import { named, TidewaitError } from '../base/errors.js'

/** A coroutine yielded something that is neither readiness, a promise nor an Effection effect. Thrown where it was yielded. */
export class NotAnEffectError extends TidewaitError<'NotAnEffect'> {
  constructor(
    /** What was yielded. */
    readonly yielded: unknown,
  ) {
    super('NotAnEffect', `yielded ${printed(yielded)}, which is not an effect; is a * missing after yield?`)
  }
}

named({ NotAnEffectError })

function printed(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : `${typeof value} ${String(value)}`
}
