/** Takes the first step of a request, at the call: a send past the cache, or a lookup (semantics 1.1). */

import { bypassesCache, hooksOnPass } from './bypass.js'
import { RequestContext } from './context.js'
import { callDirectly, currentAsyncContext, currentOwner, nearestEntry } from './hook-calls.js'
import { overrideFields } from './override.js'
import { hasHooks, type RequestOptions } from './request-options.js'
import { refuseSelfCollapse } from './self-collapse.js'
import type { Requester, Surroundings } from './surroundings.js'

/**
 * Throws what that step throws. `options` may be shared by many requests; `requester` belongs to this one.
 */
export function begin(surroundings: Surroundings, options: RequestOptions, requester?: Requester): RequestContext {
  const madeBy = currentOwner()
  const inAsyncContext = hasHooks(options) ? currentAsyncContext() : callDirectly
  if (bypassesCache(options, surroundings.policy)) {
    const phase = 'direct'
    const context = new RequestContext(surroundings, options, {
      phase,
      entry: undefined,
      madeBy,
      inAsyncContext,
      requester,
    })
    if (!hooksOnPass(options, surroundings.policy)) context.sendPast(options.request)
    return context
  }
  refuseSelfCollapse(options)
  const { host } = surroundings
  const entry = host.lookup(options.request, {
    backend: options.backend,
    key: options.key,
    waitTimeoutMs: overrideFields(options.override).lookupTimeoutMs,
    madeBy: requester?.madeBy ?? nearestEntry(madeBy, host),
  })
  return new RequestContext(surroundings, options, { phase: 'await-cache', entry, madeBy, inAsyncContext, requester })
}
