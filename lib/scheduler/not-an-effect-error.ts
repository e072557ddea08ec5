/** The error for a coroutine that yields something which is not an effect. */

import { named, TidewaitError } from '../base/errors.js'
import { printed } from '../base/options.js'

/** A coroutine yielded something that is neither readiness, a promise nor an Effection effect. Thrown where it was yielded. */
export class NotAnEffectError extends TidewaitError<'NotAnEffect'> {
  constructor(
    /** What was yielded. */
    readonly yielded: unknown,
  ) {
    super('NotAnEffect', `yielded ${shown(yielded)}, which is not an effect; is a * missing after yield?`)
  }
}

named({ NotAnEffectError })

/** Of an object only its kind: its contents may be long. */
function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : printed(value)
}
