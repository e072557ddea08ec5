/** Which way a request takes: decided at the call (semantics 5.1), and once more when its lookup has it lead (5.2). */

import type { ForwardReason } from '../http/cache-status.js'
import { demandedBy } from '../http/directives.js'
import type { RequestHead } from '../http/message.js'
import { isRequestCacheable } from '../http/methods.js'
import type { Policy } from '../http/policy.js'
import { goesAsItIs } from '../http/revalidation.js'
import { hasHooks, type RequestOptions } from './request-options.js'

type Decided = Pick<RequestOptions, 'override' | 'request'>

/** Whether a request takes the way past the cache from the start: no lookup, and no hooks. */
export function goesPast(options: Decided, policy: Policy): boolean {
  return wayPast(options, policy) !== undefined
}

/** Why it does (semantics 5.1); `undefined` if it begins with a lookup. */
export function wayPast(
  { override, request }: Decided,
  policy: Policy,
): 'method' | 'override' | 'no-store' | undefined {
  if (!isRequestCacheable(request)) return 'method'
  if (override === 'pass') return 'override'
  return demandedBy(request, policy).has('no-store') ? 'no-store' : undefined
}

/** Whether the hook has to run before a send past the cache, which then cannot begin at the call. */
export function hooksOnPass({ hooks }: Pick<RequestOptions, 'hooks'>, policy: Policy): boolean {
  return policy.hooksOnPass && hooks.beforeSend !== undefined
}

/** What a lookup that has a request lead says of what is stored. */
interface Led {
  readonly forward: ForwardReason | undefined
  readonly marked?: boolean
}

/** Whether it leaves the cache although it is to lead: its answer is for its caller alone, and no hook has to see it (5.2). */
export function leavesCache(
  options: Pick<RequestOptions, 'request' | 'hooks'>,
  { forward, marked = false }: Led,
  policy: Policy,
): boolean {
  const isMiss = forward === 'uri-miss' || forward === 'vary-miss'
  return isMiss && !hasHooks(options) && goesAsItIs(options.request, marked, policy)
}

/** Whether it is refused where anything would have to be sent for it (RFC 9111 5.2.1.7). */
export function isForCacheOnly(request: RequestHead, policy: Policy): boolean {
  return demandedBy(request, policy).has('only-if-cached')
}
