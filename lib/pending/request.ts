/** One request from lookup to answer, as a generator that yields only `ready(handle)`, wherever it has to wait. */

import type { Operation } from 'effection'
import { TimeoutError } from '../base/errors.js'
import type { LookupOutcome } from '../cache/outcome.js'
import { ready } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import { revalidateInBackground } from './background.js'
import { sharedError } from './callers-error.js'
import type { Candidate } from './candidate.js'
import { commit, unstored } from './commit.js'
import type { RequestContext } from './context.js'
import { errorStatus, fetchCandidate } from './fetch.js'
import { outcomeOf } from './outcome.js'
import { isSendError, type SendError } from './send-error.js'
import { refuse, serveDirect, serveFound } from './serve.js'

/**
 * The whole course of a request. `poll`, `wait`, `await` and `yield*` all step this one generator.
 *
 * Requests collapse in A1. The first request for a page leads: its lookup is ready at once, and it fetches from the origin. The
 * followers park on their lookups until the leader has an answer that they may share. If the leader fails or leaves, they share its
 * failure, or one of them leads in its place. What a request does next is a `switch` over the few named outcomes of a lookup
 * (`../cache/outcome.ts`).
 *
 * However the request ends, by an answer, a failure or a cancellation, it gives back what it holds. A1 to A11 are the steps of
 * semantics 2.3, see README.md.
 */
export function* pendingRequest(context: RequestContext): Operation<Answer> {
  try {
    if (context.phase === 'direct') return yield* serveDirect(context) // a POST, for instance: no lookup at all
    yield* ready(context.lookup.entry) // A1: parks here while another request fetches the same
    const outcome = lookedUp(context) // A2, A3
    switch (outcome) {
      case 'hit':
      case 'stale': // A4: stale, but another request revalidates it already, or this request accepts stale
        return serveFound(context, outcome)
      case 'stale-if-error': // A4: the fetch that this request waited for failed
        return serveFound(context, outcome, { maskedError: context.sendError('RequestCollapse') })
      case 'stale-lead': // A5: a stale answer now, and a fetch in the background
        return yield* serveAndRevalidate(context)
      case 'lead':
      case 'lead-if-error': // A6: fetches, for itself and its followers
        if (context.onlyIfCached) return refuse(context)
        return context.leavesCache ? yield* leave(context) : yield* lead(context, outcome)
      case 'pass': // A10: known not to be cacheable
        return context.onlyIfCached ? refuse(context) : yield* leave(context)
    }
  } finally {
    context.end()
  }
}

/** Leaves the cache and sends the original request (A10, A11). */
function* leave(context: RequestContext): Operation<Answer> {
  context.goDirect()
  return yield* serveDirect(context)
}

/** Opens the stale answer before the fetch begins, because the entry belongs to the background fetch from then on. */
function* serveAndRevalidate(context: RequestContext): Operation<Answer> {
  const stale = serveFound(context, 'stale')
  let fate: 'served' | 'dropped' = 'dropped'
  try {
    const revalidation = yield* revalidateInBackground(context)
    yield* context.unlessCancelled()
    fate = 'served'
    return { ...stale, revalidation }
  } finally {
    if (fate === 'dropped' && stale.body !== undefined) context.host.close(stale.body)
  }
}

/** The outcome of the lookup. A lookup that timed out (semantics 3.8-3), or whose leader has failed, fails with a `SendError`. */
function lookedUp(context: RequestContext): LookupOutcome {
  const { host, entry } = context.lookup
  try {
    return outcomeOf(host.state(entry))
  } catch (failure) {
    if (failure instanceof TimeoutError) throw context.sendError('CacheLookupTimeout', failure)
    throw isSendError(failure) ? sharedError(context.options, failure) : failure
  }
}

/** Fetches as the leader, and stores the response if it may be stored. If the fetch fails, uses a stale object where it may. */
function* lead(context: RequestContext, outcome: 'lead' | 'lead-if-error'): Operation<Answer> {
  let candidate: Candidate
  try {
    candidate = yield* fetchCandidate(context) // A6, P1 to P5, B1
  } catch (failure) {
    if (outcome === 'lead-if-error' && !context.isCancelled && isSendError(failure))
      return yield* chooseStale(context, failure) // A7, A8, B3, B4
    context.abandonAfter(failure)
    throw failure // A9, B5
  }
  const error = outcome === 'lead-if-error' ? errorStatus(context, candidate) : undefined
  if (error !== undefined) return yield* hideStatus(context, candidate, error)
  return yield* commit(context, candidate) // B2: a failure from here on is final
}

/**
 * Answers with the stale object in place of the candidate. If that cannot be chosen, because its body has broken off meanwhile, the
 * caller gets the candidate after all, unstored: a status is never a failure. The obligation ends with the entry.
 */
function* hideStatus(context: RequestContext, candidate: Candidate, error: SendError): Operation<Answer> {
  const asReceived = unstored(context, candidate)
  let fate: 'answered' | 'dropped' = 'dropped'
  try {
    return yield* chooseStale(context, error)
  } catch (failure) {
    if (failure !== error) throw failure
    fate = 'answered'
    return asReceived()
  } finally {
    if (fate === 'dropped') context.host.close(candidate.body)
  }
}

/** Answers with the stale object, which hides `maskedError`. If that fails too, the caller gets `maskedError` itself (A8, B4). */
function* chooseStale(context: RequestContext, maskedError: SendError): Operation<Answer> {
  const { host, entry } = context.lookup
  try {
    host.chooseStale(entry)
    if (!host.isReady(entry)) yield* ready(entry)
    return serveFound(context, 'stale-if-error', { maskedError, adapt: context.policy.transformLeader })
  } catch (second) {
    maskedError.suppressed = second
    throw maskedError
  }
}
