/** What a client is told, in one status, of a request that got no answer (RFC 9110 15.5, 15.6). */

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
 * 504 where time ran out, 503 where there is no room or the cache has ended, 400 where the client's own body broke off, 502 for
 * the rest of a failed send, and for a body that broke off before it began.
 */
export function gatewayStatus(failure: unknown): 400 | 500 | 502 | 503 | 504 {
  if (isEnd(failure)) return 503
  if (failure instanceof TruncatedBodyError) return 502
  if (!isSendError(failure)) return 500
  if (TIMEOUTS.has(failure.code)) return 504
  if (OVERLOADS.has(failure.code)) return 503
  return failure.code === 'IoError' ? 400 : 502
}

/** Whoever waits when a cache closes is cancelled, and that is why. */
function isEnd(failure: unknown): boolean {
  const why = failure instanceof CancelledError ? failure.cause : failure
  return why instanceof ClosedError || why instanceof HostLostError
}
