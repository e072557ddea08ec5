/** The request that goes to the origin as its `beforeSend` hook leaves it; one whose hook has cancelled it goes nowhere. */

import type { Operation } from 'effection'
import type { RequestHead } from '../http/message.js'
import { BackendRequest } from './backend-request.js'
import type { RequestContext } from './context.js'
import { run } from './hooks.js'
import type { CacheOverride } from './override.js'

export interface Edited {
  readonly request: RequestHead
  readonly override: CacheOverride
}

/** `request` and the caller's override, where there is no hook. */
export function* edited(context: RequestContext, request: RequestHead): Operation<Edited> {
  const { hooks, override } = context.options
  if (hooks.beforeSend === undefined) return { request, override }
  const edit = new BackendRequest(request, override)
  context.calls('before-send')
  try {
    yield* run(hooks.beforeSend, edit, context)
  } finally {
    edit.seal()
  }
  yield* context.unlessCancelled()
  return { request: edit.head(), override: edit.cacheOverride }
}
