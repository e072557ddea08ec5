/** The failure of a request as its caller gets it. */

import { HostLostError, originalOf } from '../base/errors.js'
import type { RequestContext } from './context.js'
import { isSendError, type SendError } from './send-error.js'

/**
 * A `SendError` as it is: a hook's failure has become one by then (`hookFailed`). A host that is gone as well. Anything else is a bug
 * of the library.
 */
export function callersError(context: RequestContext, failure: unknown): SendError | HostLostError {
  const original = originalOf(failure)
  if (isSendError(original) || original instanceof HostLostError) return original
  return context.sendError('InternalError', failure)
}

/**
 * The failure of its leader, as a follower's own: code, blame and cause are the same, but the leader's request has the headers of
 * another user.
 */
export function sharedError(context: RequestContext, { code, blame, cause }: SendError): SendError {
  return context.sendError(code, cause, blame)
}

/** The failure of a body transform: that of the body it read, as it is, or its own. */
export function transformError(context: RequestContext, failure: unknown): SendError {
  const original = originalOf(failure)
  return isSendError(original) ? original : context.hookFailed(failure)
}
