/** The fetch of a leader, from its suggested request to a candidate response (semantics 2.4, 2.5). */

import type { Operation } from 'effection'
import { ready } from '../scheduler/index.js'
import { BackendRequest } from './backend-request.js'
import { Candidate } from './candidate.js'
import type { RequestContext } from './context.js'
import { run } from './hooks.js'
import type { CacheOverride } from './override.js'
import { SendError } from './send-error.js'

/** Sends, waits, and lets `afterSend` have its say. Every failure is a `SendError`, and leaves the entry where it was. */
export function* fetchCandidate(context: RequestContext, outcome: 'lead' | 'lead-if-error'): Operation<Candidate> {
  try {
    const override = yield* startBackendFetch(context)
    const candidate = yield* awaitCandidate(context, override)
    if (outcome === 'lead-if-error') refuseErrorStatus(context, candidate)
    return candidate
  } catch (failure) {
    throw context.sendError(failure)
  }
}

/** In the order of semantics 2.4. The caching decision the hook leaves behind is what counts from here on. */
export function* startBackendFetch(context: RequestContext): Operation<CacheOverride> {
  const { host, entry, options } = context.lookup
  const { hooks, backend, body, onInterim } = options
  let request = host.suggestedRequest(entry)
  let { override } = options
  if (hooks.beforeSend !== undefined) {
    const edited = new BackendRequest(request, override)
    yield* run(hooks.beforeSend, edited, context)
    request = edited.head()
    override = edited.cacheOverride
  }
  context.send = host.send(request, { backend, body, entry, onInterim })
  context.phase = 'await-backend'
  return override
}

/** P1 to P5. A body that nobody will read is closed, and its connection with it. */
export function* awaitCandidate(context: RequestContext, override: CacheOverride): Operation<Candidate> {
  const { host, entry, options } = context.lookup
  const { send } = context
  if (send === undefined) throw new Error('nothing was sent')
  yield* ready(send)
  context.send = undefined
  const { head, body } = host.receive(send)
  let fate: 'candidate' | 'dropped' = 'dropped'
  try {
    const candidate = new Candidate({ host, entry, head, body, override, state: host.state(entry) })
    yield* run(options.hooks.afterSend, candidate, context)
    fate = 'candidate'
    return candidate
  } finally {
    if (fate === 'dropped') host.close(body)
  }
}

/** In the default policy some statuses are failures that a stale answer may hide (RFC 5861 4); not if a hook took a decision. */
function refuseErrorStatus(context: RequestContext, candidate: Candidate): void {
  const { status } = candidate.received
  if (candidate.isDecided || !context.policy.staleIfErrorStatuses.includes(status)) return
  context.host.close(candidate.body)
  const cause = new Error(`the origin answered ${status}`)
  throw new SendError('HttpResponseStatusInvalid', {
    backend: context.backendName,
    request: context.options.request,
    cause,
  })
}
