/** Whether a request bypasses the cache: decided at the call (semantics 5.1), and again when its lookup lets it lead (5.2). */

import type { ForwardReason } from '../http/cache-status.js'
import { demandedBy } from '../http/directives.js'
import type { RequestHead } from '../http/message.js'
import { isRequestCacheable } from '../http/methods.js'
import type { Policy } from '../http/policy.js'
import { isForwardedAsIs } from '../http/revalidation.js'
import { hasHooks, type RequestOptions } from './request-options.js'

type Decided = Pick<RequestOptions, 'override' | 'request'>

/** Whether a request goes past the cache from the start: without a lookup, and without `afterSend`. */
export function bypassesCache(options: Decided, policy: Policy): boolean {
  return bypassReason(options, policy) !== undefined
}

/** Why a request goes past the cache from the start (semantics 5.1); `undefined` if it begins with a lookup. */
export function bypassReason(
  { override, request }: Decided,
  policy: Policy,
): 'method' | 'override' | 'no-store' | undefined {
  if (!isRequestCacheable(request)) return 'method'
  if (override === 'pass') return 'override'
  const demands = demandedBy(request, policy)
  return demands.has('no-store') && !demands.has('only-if-cached') ? 'no-store' : undefined
}

/** Whether `beforeSend` runs before a send past the cache. Such a send cannot begin at the call. */
export function hooksOnPass({ hooks }: Pick<RequestOptions, 'hooks'>, policy: Policy): boolean {
  return policy.hooksOnPass && hooks.beforeSend !== undefined
}

/** The parts of a leader's `LookupReport` that matter here. */
interface LeaderReport {
  readonly forward: ForwardReason | undefined
  readonly marked?: boolean
}

/** Whether a request that could lead goes past the cache instead: its answer is for its caller alone, and it has no hooks (5.2). */
export function leavesCache(
  options: Pick<RequestOptions, 'request' | 'hooks'>,
  { forward, marked = false }: LeaderReport,
  policy: Policy,
): boolean {
  const isMiss = forward === 'uri-miss' || forward === 'vary-miss'
  return isMiss && !hasHooks(options) && isForwardedAsIs(options.request, marked, policy)
}

/** Whether the request must be refused rather than sent: `only-if-cached` (RFC 9111 5.2.1.7). */
export function isForCacheOnly(request: RequestHead, policy: Policy): boolean {
  return demandedBy(request, policy).has('only-if-cached')
}
