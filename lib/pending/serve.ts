/** Answers that need no candidate: what the lookup found, what was fetched past the cache, and a refusal. */

import type { Operation } from 'effection'
import type { ResponseHead } from '../http/message.js'
import { type Handle, ready } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import type { RequestContext } from './context.js'
import { edited } from './edited.js'
import { SendError } from './send-error.js'

interface ServeOptions {
  readonly maskedError?: SendError
  /** Whether the response is adapted to the caller's conditionals and ranges; otherwise it is given as stored. */
  readonly adapt?: boolean
}

/** What the lookup found, or what was chosen after a failure (A4, A5, A7, B3). */
export function serveFound(
  context: RequestContext,
  source: 'hit' | 'stale' | 'stale-if-error',
  options: ServeOptions = {},
): Answer {
  const { host, entry } = context.lookup
  const found = host.found(entry, options.adapt ?? true)
  if (found === undefined) throw context.sendError(new Error('the lookup found a response, and then had none'))
  return {
    source,
    head: found.head,
    body: found.body,
    object: found.object,
    standing: found.standing,
    lookup: host.report(entry),
    forwardStatus: undefined,
    maskedError: options.maskedError,
    revalidation: undefined,
  }
}

/** The answer to the original request, sent past the cache (`Direct`). */
export function* serveDirect(context: RequestContext): Operation<Answer> {
  const send = context.send ?? (yield* sendEdited(context))
  yield* ready(send)
  const { head, body } = context.receives(send)
  return { source: 'direct', ...FETCHED, head, body, lookup: context.report, forwardStatus: head.status }
}

/** With the policy's `hooksOnPass`, what goes past the cache is edited as what goes through it. */
function* sendEdited(context: RequestContext): Operation<Handle> {
  const { request } = yield* edited(context, context.options.request)
  return context.sendPast(request)
}

/** `only-if-cached`, and nothing usable is (RFC 9111 5.2.1.7). */
export function refuse(context: RequestContext): Answer {
  return {
    source: 'refused',
    ...FETCHED,
    head: GATEWAY_TIMEOUT,
    body: undefined,
    lookup: context.report,
    forwardStatus: undefined,
  }
}

/** Why a waiter is served a stale answer: the fetch it waited for has failed. */
export function collapsedError(context: RequestContext): SendError {
  return new SendError('RequestCollapse', { backend: context.backendName, request: context.options.request })
}

const GATEWAY_TIMEOUT: ResponseHead = { status: 504, statusText: 'Gateway Timeout', fields: [] }

const FETCHED = { object: undefined, maskedError: undefined, revalidation: undefined }
