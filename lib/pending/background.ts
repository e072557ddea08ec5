/** The fetch behind a stale answer (semantics 2.7): it outlives the request, and its failures stay its own. */

import type { Operation } from 'effection'
import type { Pending } from '../scheduler/index.js'
import { commitInBackground } from './commit.js'
import type { RequestContext } from './context.js'
import { awaitCandidate, type Sent, startBackendFetch } from './fetch.js'

/**
 * A5: `beforeSend` and the send happen before the caller gets its stale answer; the rest happens behind its back. Where
 * they fail, or there is no room for one more revalidation, the obligation is given back and the stale answer is all.
 */
export function* revalidateInBackground(context: RequestContext): Operation<Pending<void> | undefined> {
  const { revalidations } = context.surroundings
  const { key } = context.lookup.host.report(context.lookup.entry)
  const origin = context.backendName
  if (!revalidations.admits(key, origin)) return undefined
  const leave = revalidations.takePlace(origin)
  let sent: Sent
  try {
    sent = yield* startBackendFetch(context)
  } catch {
    revalidations.couldNotStart(key)
    return undefined
  } finally {
    leave()
  }
  const behind = context.handOver()
  return revalidations.start({ key, origin }, () => revalidate(behind, sent))
}

function* revalidate(context: RequestContext, sent: Sent): Operation<void> {
  try {
    const candidate = yield* awaitCandidate(context, sent)
    yield* commitInBackground(context, candidate)
  } catch (failure) {
    throw context.sendError(failure)
  } finally {
    context.end()
  }
}
