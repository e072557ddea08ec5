/** Revalidates behind a stale answer (semantics 2.7): the fetch outlives its request, and its failure never reaches the caller. */

import type { Operation } from 'effection'
import { HostLostError } from '../base/errors.js'
import { MUST_INSERT_OR_UPDATE } from '../cache/outcome.js'
import type { Pending } from '../scheduler/index.js'
import { callersError } from './callers-error.js'
import { commitInBackground } from './commit.js'
import type { RequestContext } from './context.js'
import { awaitCandidate, type Sent, startBackendFetch } from './fetch.js'

/**
 * A5: `beforeSend` and the send happen before the caller gets its stale answer, the rest afterwards. If no further revalidation is
 * admitted, nothing is fetched, and the request gives its obligation back when it ends; if the hook or the send fails, at once.
 */
export function* revalidateInBackground(context: RequestContext): Operation<Pending<void> | undefined> {
  const { revalidations } = context.surroundings
  const { key, backOffMs = 0 } = context.lookup.host.report(context.lookup.entry)
  const origin = context.backendName
  if (!revalidations.admits(origin, backOffMs)) return undefined
  const release = revalidations.reserve(origin)
  let sent: Sent
  try {
    sent = yield* startBackendFetch(context)
  } catch (failure) {
    revalidations.failedToStart()
    giveBack(context, callersError(context, failure))
    return undefined
  } finally {
    release()
  }
  const behind = context.handOver()
  return revalidations.start({ key, origin }, () => revalidate(behind, sent))
}

function* revalidate(context: RequestContext, sent: Sent): Operation<void> {
  try {
    const candidate = yield* awaitCandidate(context, sent)
    yield* commitInBackground(context, candidate)
  } catch (failure) {
    const error = callersError(context, failure)
    giveBack(context, error)
    throw error
  } finally {
    context.end()
  }
}

/**
 * Gives the obligation back, unless it has ended already, and tells the host that the fetch has failed: it counts that for all
 * threads. Requests that wait for the fetch do not share the failure, and one of them leads (semantics 2.7-3).
 */
function giveBack({ host, entry }: RequestContext, failure: unknown): void {
  if (entry === undefined || failure instanceof HostLostError || (host.state(entry) & MUST_INSERT_OR_UPDATE) === 0)
    return
  host.abandon(entry, { because: 'failed-alone' })
}
