/** Reports a failure of a user's code for which nobody waits: as a warning of the process, never by throwing. */

import { printed } from './options.js'
import { isError } from './realms.js'

/** Emits a `TidewaitWarning` whose `cause` is `failure`: `process.on('warning')` receives it, and Node prints it by default. */
export function warnOf(what: string, failure: unknown): void {
  const error = isError(failure) ? failure : undefined
  const warning = new Error(`${what} failed: ${error?.message ?? printed(failure)}`, { cause: failure })
  warning.name = 'TidewaitWarning'
  process.emitWarning(Object.assign(warning, error && { detail: error.stack }))
}
