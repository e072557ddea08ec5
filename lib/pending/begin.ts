/** The first step of a request, taken at the call: a send past the cache, or a lookup (semantics 1.1). */

import { RequestContext, type Requester, type Surroundings } from './context.js'
import { anyContext, currentOwner, entryBehind, thisContext } from './hook-calls.js'
import { overrideFields } from './override.js'
import { hasHooks, type RequestOptions } from './request-options.js'
import { refuseSelfCollapse } from './self-collapse.js'
import { goesPast, hooksOnPass } from './way.js'

/**
 * Throws what that step throws. Options may be those of many requests: who wants to know more of this one is `requester`.
 */
export function begin(surroundings: Surroundings, options: RequestOptions, requester?: Requester): RequestContext {
  const madeBy = currentOwner()
  const within = hasHooks(options) ? thisContext() : anyContext
  if (goesPast(options, surroundings.policy)) {
    const phase = 'direct'
    const context = new RequestContext(surroundings, options, { phase, entry: undefined, madeBy, within, requester })
    if (!hooksOnPass(options, surroundings.policy)) context.sendPast(options.request)
    return context
  }
  refuseSelfCollapse(options)
  const { host } = surroundings
  const entry = host.lookup(options.request, {
    backend: options.backend,
    key: options.key,
    waitTimeoutMs: overrideFields(options.override).lookupTimeoutMs,
    madeBy: requester?.madeBy ?? entryBehind(madeBy, host),
  })
  return new RequestContext(surroundings, options, { phase: 'await-cache', entry, madeBy, within, requester })
}
