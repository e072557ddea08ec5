/** What a caller asks for, which decides at the call what way the request takes (semantics 5.1). */

import { demandedBy } from '../http/directives.js'
import type { RequestHead } from '../http/message.js'
import { isRequestCacheable } from '../http/methods.js'
import type { Policy } from '../http/policy.js'
import type { Hooks } from './hooks.js'
import type { RequestBody } from './host.js'
import type { CacheOverride } from './override.js'

export interface RequestOptions {
  readonly request: RequestHead
  readonly body: RequestBody | undefined
  readonly backend: string | undefined
  readonly key: string | undefined
  readonly override: CacheOverride
  readonly hooks: Hooks
}

export function hasHooks({ hooks }: Pick<RequestOptions, 'hooks'>): boolean {
  return hooks.beforeSend !== undefined || hooks.afterSend !== undefined
}

/** Whether the hook has to run before a send past the cache, which then cannot begin at the call. */
export function hooksOnPass({ hooks }: RequestOptions, policy: Policy): boolean {
  return policy.hooksOnPass && hooks.beforeSend !== undefined
}

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
