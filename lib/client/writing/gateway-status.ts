/** The status that a client gets for a request that got no answer (RFC 9110 15.5, 15.6). */

import { CancelledError, ClosedError, HostLostError, TruncatedBodyError } from '../../base/errors.js'
import { isSendError, type SendErrorCode } from '../../pending/send-error.js'

const TIMEOUTS: ReadonlySet<SendErrorCode> = new Set([
  'DnsTimeout',
  'ConnectionTimeout',
  'HttpResponseTimeout',
  'CacheLookupTimeout',
])
const OVERLOADS: ReadonlySet<SendErrorCode> = new Set([
  'ConnectionLimitReached',
  'DestinationUnavailable',
  'HttpCacheLimitExceeded',
])

/**
 * 504 for a timeout, 503 if there is no capacity or the cache has ended, 400 if the client's own body broke off, 502 for any other
 * failed send and for a body that broke off before its first byte. 500 for an unexpected error.
 */
export function gatewayStatus(failure: unknown): 400 | 500 | 502 | 503 | 504 {
  if (isEnd(failure)) return 503
  if (failure instanceof TruncatedBodyError) return 502
  if (!isSendError(failure)) return 500
  if (TIMEOUTS.has(failure.code)) return 504
  if (OVERLOADS.has(failure.code)) return 503
  return failure.code === 'IoError' ? 400 : 502
}

/** Whether the cache or its host has ended. A closing cache cancels its requests, with a `ClosedError` as cause. */
function isEnd(failure: unknown): boolean {
  const why = failure instanceof CancelledError ? failure.cause : failure
  return why instanceof ClosedError || why instanceof HostLostError
}
