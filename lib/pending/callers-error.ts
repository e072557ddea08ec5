/** The failure of a request as its caller gets it. */

import { HostLostError, originalOf } from '../base/errors.js'
import type { RequestContext } from './context.js'
import { backendNameOf, type RequestOptions } from './request-options.js'
import { isSendError, SendError } from './send-error.js'

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
 * The failure of another request's fetch, as it is told to one that waited for the fetch or reads its body: code, blame and cause
 * are the same, but the other request has the headers of another user.
 */
export function sharedError(own: Pick<RequestOptions, 'request' | 'backend'>, failure: SendError): SendError {
  const { code, blame, cause } = failure
  return new SendError(code, { backend: backendNameOf(own), request: own.request, blame, cause })
}

/** The failure of a body transform: that of the body it read, as it is, or its own. */
export function transformError(context: RequestContext, failure: unknown): SendError {
  const original = originalOf(failure)
  return isSendError(original) ? original : context.hookFailed(failure)
}
