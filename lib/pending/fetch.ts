/** The fetch of a leader, from its suggested request to a candidate response (semantics 2.4, 2.5). */

import type { Operation } from 'effection'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { asIfNothingStored, asksForRest } from '../http/revalidation.js'
import { canAnswer } from '../http/within.js'
import { type Handle, ready } from '../scheduler/index.js'
import { Candidate } from './candidate.js'
import type { RequestContext } from './context.js'
import { edited } from './edited.js'
import { run } from './hooks.js'
import type { CacheOverride } from './override.js'
import { isSendError, SendError } from './send-error.js'

/** Sends, waits, and lets `afterSend` have its say. Every failure is a `SendError`, and leaves the entry where it was. */
export function* fetchCandidate(context: RequestContext, outcome: 'lead' | 'lead-if-error'): Operation<Candidate> {
  try {
    const sent = yield* startBackendFetch(context)
    const candidate = yield* awaitCandidate(context, sent)
    if (outcome === 'lead-if-error') refuseErrorStatus(context, candidate)
    return candidate
  } catch (failure) {
    throw context.sendError(failure)
  }
}

interface Received {
  readonly head: ResponseHead
  readonly body: Handle
}

/** A fetch under way. */
export interface Sent {
  readonly request: RequestHead
  readonly override: CacheOverride
  /** Whether an answer to the caller is asked for, or what is missing of a stored part. */
  readonly aim: 'answer' | 'rest'
}

/** In the order of semantics 2.4. The caching decision the hook leaves behind is what counts from here on. */
export function* startBackendFetch(context: RequestContext): Operation<Sent> {
  const { request: suggested, aim } = suggestion(context)
  const { request, override } = yield* edited(context, suggested)
  context.fetches(send(context, request))
  return { request, override, aim }
}

/** P1 to P5. A body that nobody will read is closed, and its connection with it. */
export function* awaitCandidate(context: RequestContext, sent: Sent): Operation<Candidate> {
  const { head, body } = yield* awaitAnswer(context, sent)
  const { host, entry, options, policy } = context.lookup
  const { override } = sent
  let fate: 'candidate' | 'dropped' = 'dropped'
  try {
    const candidate = new Candidate({ host, entry, head, body, override, policy, state: host.state(entry) })
    if (options.hooks.afterSend !== undefined) {
      context.calls('after-send')
      try {
        yield* run(options.hooks.afterSend, candidate, context)
      } finally {
        candidate.seal()
      }
      yield* context.unlessCancelled()
    }
    fate = 'candidate'
    return candidate
  } finally {
    if (fate === 'dropped') host.close(body)
  }
}

/** `afterSend` is to see whole answers: a leader that has one does not ask for the rest of a part. */
function suggestion({ lookup, policy }: RequestContext): Pick<Sent, 'request' | 'aim'> {
  const { host, entry, options } = lookup
  const request = host.suggestedRequest(entry)
  if (!asksForRest(options.request, request)) return { request, aim: 'answer' }
  if (options.hooks.afterSend === undefined) return { request, aim: 'rest' }
  return { request: asIfNothingStored(options.request, request, policy), aim: 'answer' }
}

function send({ lookup, onInterim }: RequestContext, request: RequestHead): Handle {
  const { host, entry, options } = lookup
  const { backend, body } = options
  return host.send(request, { backend, body, entry, onInterim })
}

/** What does not fit to what is stored is let go, and the origin is asked once more, as if nothing were. */
function* awaitAnswer(context: RequestContext, { request, aim }: Sent): Operation<Received> {
  const received = yield* receive(context)
  if (fits(context, aim, received.head)) return received
  context.host.close(received.body)
  context.sendsAgain(send(context, asIfNothingStored(context.options.request, request, context.policy)))
  return yield* receive(context)
}

function* receive(context: RequestContext): Operation<Received> {
  const { send } = context
  if (send === undefined) throw new Error('nothing was sent')
  yield* ready(send)
  return context.receives(send)
}

/**
 * Whether the caller can be answered with what came: a 304 has to be about what is stored (RFC 9111 4.3.4), and what came
 * for the rest of a part has to be that, or everything, or word that it is gone.
 */
function fits(context: RequestContext, aim: Sent['aim'], head: ResponseHead): boolean {
  const { host, entry, options } = context.lookup
  if (head.status === 304) return context.policy.mismatchedValidator !== 'refetch' || validates(context, head)
  if (aim === 'answer') return true
  if (head.status !== 206) return head.status !== 416
  return canAnswer(options.request, host.prepare(entry, head).head, context.policy)
}

function validates({ lookup: { host, entry } }: RequestContext, head: ResponseHead): boolean {
  try {
    host.prepare(entry, head)
    return true
  } catch (failure) {
    if (isSendError(failure)) return false
    throw failure
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
