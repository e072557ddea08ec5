/** What a user's code fails with when nobody waits for it: a warning of the process, and never thrown at anybody. */

import { printed } from './options.js'
import { isError } from './realms.js'

/** `process.on('warning')` hears of it as a `TidewaitWarning` whose `cause` is `failure`; Node prints it by default. */
export function warnOf(what: string, failure: unknown): void {
  const error = isError(failure) ? failure : undefined
  const warning = new Error(`${what} failed: ${error?.message ?? printed(failure)}`, { cause: failure })
  warning.name = 'TidewaitWarning'
  process.emitWarning(Object.assign(warning, error && { detail: error.stack }))
}
