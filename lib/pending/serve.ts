/** The answers that need no candidate: a found response, a response fetched past the cache, and a refusal. */

import type { Operation } from 'effection'
import type { ResponseHead } from '../http/message.js'
import { type Handle, ready } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import { runBeforeSend } from './before-send.js'
import { callersError } from './callers-error.js'
import type { RequestContext } from './context.js'
import type { SendError } from './send-error.js'

interface ServeOptions {
  readonly maskedError?: SendError
  /** Whether to adapt the response to the caller's conditionals and ranges (the default), or to give it as stored. */
  readonly adapt?: boolean
}

/** The response that the lookup found, or that was chosen after a failure (A4, A5, A7, B3). */
export function serveFound(
  context: RequestContext,
  source: 'hit' | 'stale' | 'stale-if-error',
  options: ServeOptions = {},
): Answer {
  const { host, entry } = context.lookup
  const found = host.found(entry, options.adapt ?? true)
  if (found === undefined) throw callersError(context, new Error('the lookup found a response, and then had none'))
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

/** The answer to a request sent past the cache (phase `direct`). */
export function* serveDirect(context: RequestContext): Operation<Answer> {
  const send = context.send ?? (yield* sendEdited(context))
  yield* ready(send)
  const { head, body } = context.receives(send)
  return { source: 'direct', ...NOT_STORED, head, body, lookup: context.report, forwardStatus: head.status }
}

/** Runs `beforeSend` and sends past the cache: with the policy's `hooksOnPass`, that send waits for its hook. */
function* sendEdited(context: RequestContext): Operation<Handle> {
  const { request } = yield* runBeforeSend(context, context.options.request)
  return context.sendPast(request)
}

/** The 504 for an `only-if-cached` request that nothing stored can answer (RFC 9111 5.2.1.7). */
export function refuse(context: RequestContext): Answer {
  return {
    source: 'refused',
    ...NOT_STORED,
    head: GATEWAY_TIMEOUT,
    body: undefined,
    lookup: context.report,
    forwardStatus: undefined,
  }
}

const GATEWAY_TIMEOUT: ResponseHead = { status: 504, statusText: 'Gateway Timeout', fields: [] }

const NOT_STORED = { object: undefined, maskedError: undefined, revalidation: undefined }
