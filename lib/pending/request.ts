/** One request from lookup to answer. It yields readiness and nothing else; the marks are the steps of semantics 2. */

import type { Operation } from 'effection'
import { TimeoutError } from '../base/errors.js'
import type { LookupOutcome } from '../cache/outcome.js'
import { ready } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import { revalidateInBackground } from './background.js'
import type { Candidate } from './candidate.js'
import { commit } from './commit.js'
import type { RequestContext } from './context.js'
import { fetchCandidate } from './fetch.js'
import { outcomeOf } from './outcome.js'
import { isSendError, SendError } from './send-error.js'
import { collapsedError, refuse, serveDirect, serveFound } from './serve.js'

/** The whole way. Whatever ends it, a cancellation too, gives back what it holds. */
export function* pendingRequest(context: RequestContext): Operation<Answer> {
  try {
    if (context.phase === 'direct') return yield* serveDirect(context)
    yield* ready(context.lookup.entry) // A1
    const outcome = lookedUp(context) // A2, A3
    switch (outcome) {
      case 'hit':
      case 'stale':
        return serveFound(context, outcome) // A4
      case 'stale-if-error':
        return serveFound(context, outcome, { maskedError: collapsedError(context) }) // A4, for another's failure
      case 'stale-lead':
        return yield* serveAndRevalidate(context) // A5
      case 'lead':
      case 'lead-if-error':
        return context.onlyIfCached ? refuse(context) : yield* lead(context, outcome) // A6
      case 'pass':
        if (context.onlyIfCached) return refuse(context)
        context.goDirect() // A10
        return yield* serveDirect(context) // A11
    }
  } finally {
    context.end()
  }
}

/** The stale answer is opened first: the entry goes along with the background fetch. */
function* serveAndRevalidate(context: RequestContext): Operation<Answer> {
  const stale = serveFound(context, 'stale')
  let fate: 'served' | 'dropped' = 'dropped'
  try {
    const revalidation = yield* revalidateInBackground(context)
    fate = 'served'
    return { ...stale, revalidation }
  } finally {
    if (fate === 'dropped' && stale.body !== undefined) context.host.close(stale.body)
  }
}

/** What the lookup came to. One that has waited too long is a failed send like any other (semantics 3.8-3). */
function lookedUp(context: RequestContext): LookupOutcome {
  const { host, entry, options } = context.lookup
  try {
    return outcomeOf(host.state(entry))
  } catch (cause) {
    if (!(cause instanceof TimeoutError)) throw cause
    throw new SendError('CacheLookupTimeout', { backend: context.backendName, request: options.request, cause })
  }
}

function* lead(context: RequestContext, outcome: 'lead' | 'lead-if-error'): Operation<Answer> {
  let candidate: Candidate
  try {
    candidate = yield* fetchCandidate(context, outcome) // A6, P1 to P5, B1
  } catch (failure) {
    if (outcome === 'lead-if-error') return chooseStale(context, failure) // A7, A8, B3, B4
    context.abandon(concernsOthers(failure) ? { because: 'failed', error: failure } : { because: 'left' })
    throw failure // A9, B5
  }
  return yield* commit(context, candidate) // B2: a failure from here on is final
}

/** A hook is its caller's own, and what it throws as well: those who wait have other hooks, or none. */
function concernsOthers(failure: unknown): boolean {
  return !(isSendError(failure) && failure.code === 'Custom')
}

/** A failure that a stale answer may hide. If there is none after all, the failure is what the caller hears of (A8, B4). */
function chooseStale(context: RequestContext, failure: unknown): Answer {
  const { host, entry } = context.lookup
  const maskedError = context.sendError(failure)
  try {
    host.chooseStale(entry)
    return serveFound(context, 'stale-if-error', { maskedError, adapt: context.policy.transformLeader })
  } catch (second) {
    maskedError.suppressed = second
    throw maskedError
  }
}
