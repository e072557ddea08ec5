/** Runs the `beforeSend` hook, and returns the request as the hook leaves it. A request that its hook has cancelled is not sent. */

import type { Operation } from 'effection'
import type { RequestHead } from '../http/message.js'
import { BackendRequest } from './backend-request.js'
import type { RequestContext } from './context.js'
import { run } from './hooks.js'
import type { CacheOverride } from './override.js'

export interface EditedRequest {
  readonly request: RequestHead
  readonly override: CacheOverride
}

/** Without a hook, the result is `request` and the caller's override. */
export function* runBeforeSend(context: RequestContext, request: RequestHead): Operation<EditedRequest> {
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
