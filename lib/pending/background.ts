/** Revalidates behind a stale answer (semantics 2.7): the fetch outlives its request, and its failure never reaches the caller. */

import type { Operation } from 'effection'
import type { Pending } from '../scheduler/index.js'
import { callersError } from './callers-error.js'
import { commitInBackground } from './commit.js'
import type { RequestContext } from './context.js'
import { awaitCandidate, type Sent, startBackendFetch } from './fetch.js'

/**
 * A5: `beforeSend` and the send happen before the caller gets its stale answer, the rest afterwards. If the hook or the send
 * fails, or no further revalidation is admitted, nothing is fetched, and the request gives its obligation back when it ends.
 */
export function* revalidateInBackground(context: RequestContext): Operation<Pending<void> | undefined> {
  const { revalidations } = context.surroundings
  const { key } = context.lookup.host.report(context.lookup.entry)
  const origin = context.backendName
  if (!revalidations.admits(key, origin)) return undefined
  const release = revalidations.reserve(origin)
  let sent: Sent
  try {
    sent = yield* startBackendFetch(context)
  } catch {
    revalidations.failedToStart(key)
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
    throw callersError(context, failure)
  } finally {
    context.end()
  }
}
