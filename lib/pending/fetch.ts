/** The fetch of a leader, from its suggested request to a candidate response (semantics 2.4, 2.5). */

import type { Operation } from 'effection'
import { sameTag } from '../http/conditional.js'
import { first, type RequestHead, type ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { asksForMissingPart, asOnMiss } from '../http/revalidation.js'
import { canAnswer } from '../http/stored-part.js'
import { type Handle, ready } from '../scheduler/index.js'
import { runBeforeSend } from './before-send.js'
import { callersError } from './callers-error.js'
import { Candidate } from './candidate.js'
import type { RequestContext } from './context.js'
import { run } from './hooks.js'
import type { CacheOverride } from './override.js'
import { isSendError, type SendError } from './send-error.js'

/** Sends, waits, and runs `afterSend`. Every failure is one that callers get, and leaves the obligation with the entry. */
export function* fetchCandidate(context: RequestContext): Operation<Candidate> {
  try {
    const sent = yield* startBackendFetch(context)
    return yield* awaitCandidate(context, sent)
  } catch (failure) {
    throw callersError(context, failure)
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
  /** Whether the fetch asks for an answer, or for the bytes that a stored part lacks (`rest`). */
  readonly aim: 'answer' | 'rest'
}

/** Runs `beforeSend` and sends, in the order of semantics 2.4. From then on the override counts as the hook left it. */
export function* startBackendFetch(context: RequestContext): Operation<Sent> {
  const { request: suggested, aim } = suggestion(context)
  const { request, override } = yield* runBeforeSend(context, suggested)
  context.fetches(send(context, request))
  return { request, override, aim }
}

/** Waits for the answer, makes it a candidate and runs `afterSend` (P1 to P5). A failure closes the body and its connection. */
export function* awaitCandidate(context: RequestContext, sent: Sent): Operation<Candidate> {
  const { head, body } = yield* awaitAnswer(context, sent)
  const { host, entry, options, policy } = context.lookup
  const { override } = sent
  let fate: 'candidate' | 'dropped' = 'dropped'
  try {
    const isHeld = () => context.entry !== undefined
    const candidate = new Candidate({ host, entry, isHeld, head, body, override, policy, state: host.state(entry) })
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

/** The request to send. A leader with `afterSend` does not ask for the rest of a part, because the hook is to see whole answers. */
function suggestion({ lookup, policy }: RequestContext): Pick<Sent, 'request' | 'aim'> {
  const { host, entry, options } = lookup
  const request = host.suggestedRequest(entry)
  if (!asksForMissingPart(options.request, request)) return { request, aim: 'answer' }
  if (options.hooks.afterSend === undefined) return { request, aim: 'rest' }
  return { request: asOnMiss(options.request, request, policy), aim: 'answer' }
}

function send({ lookup, onInterim }: RequestContext, request: RequestHead): Handle {
  const { host, entry, options } = lookup
  const { backend, body } = options
  return host.send(request, { backend, body, entry, onInterim })
}

/** The origin's answer. If it does not match what is stored, sends once more, as if nothing were stored. */
function* awaitAnswer(context: RequestContext, sent: Sent): Operation<Received> {
  const { request } = sent
  const received = yield* receive(context)
  if (fits(context, sent, received.head)) return received
  context.host.close(received.body)
  context.sendsAgain(send(context, asOnMiss(context.options.request, request, context.policy)))
  return yield* receive(context)
}

function* receive(context: RequestContext): Operation<Received> {
  const { send } = context
  if (send === undefined) throw new Error('nothing was sent')
  yield* ready(send)
  return context.receives(send)
}

/**
 * Whether the caller can be answered with the response, or the origin is asked again. To a request for the rest of a part, a 206
 * must have the missing bytes; any other status but 416 is an answer in itself.
 */
function fits(context: RequestContext, { request, aim }: Sent, head: ResponseHead): boolean {
  const { host, entry, options } = context.lookup
  if (head.status === 304) return !mayAskAgain(request, head, context.policy) || validates(context, head)
  if (aim === 'answer') return true
  if (head.status !== 206) return head.status !== 416
  return canAnswer(options.request, host.prepare(entry, head).head, context.policy)
}

/**
 * Whether the origin is asked again if a 304 does not validate what is stored (RFC 9111 4.3.4): always, or never, by policy
 * (`mismatchedValidator`); where that is to fail, only if the tags do not contradict each other, because every later request would
 * fail alike.
 */
function mayAskAgain({ fields }: RequestHead, head: ResponseHead, { mismatchedValidator }: Policy): boolean {
  const sent = first(fields, 'if-none-match')
  const tag = first(head.fields, 'etag')
  if (tag === undefined || mismatchedValidator === 'update') return false
  if (mismatchedValidator === 'refetch') return true
  return sent === undefined || (sent !== tag && sameTag(sent, tag, 'weak'))
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

/**
 * The failure that a status amounts to which the policy counts as an error, so that a stale answer may hide it (RFC 5861 4). None
 * for a candidate whose hook has decided about storing it.
 */
export function errorStatus(context: RequestContext, candidate: Candidate): SendError | undefined {
  const { status } = candidate.received
  if (candidate.isDecided || !context.policy.staleIfErrorStatuses.includes(status)) return undefined
  return context.sendError('HttpResponseStatusInvalid', new Error(`the origin answered ${status}`))
}
