/** Publishes each request's begin and end on a tracing channel of `node:diagnostics_channel`. */

import { tracingChannel } from 'node:diagnostics_channel'
import type { RequestHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'

/** The message on `tracing:tidewait:request:*`. `result` and `error` are set once they are known. */
export interface RequestTrace {
  readonly method: string
  readonly url: string
  result?: { readonly status: number; readonly source: Answer['source'] }
  error?: unknown
}

/** `start` when a request begins, `asyncEnd` when it has its answer or failure, or was cancelled; `error` before that, unless it has an answer. */
const requests = tracingChannel<unknown, RequestTrace>('tidewait:request')

/** The trace of a request that begins, if the channel has a subscriber. */
export function traceStart({ method, url }: RequestHead): RequestTrace | undefined {
  if (!requests.start.hasSubscribers && !requests.asyncEnd.hasSubscribers && !requests.error.hasSubscribers)
    return undefined
  const trace: RequestTrace = { method, url }
  requests.start.publish(trace)
  return trace
}

export function traceAnswer(trace: RequestTrace, { head, source }: Pick<Answer, 'head' | 'source'>): void {
  trace.result = { status: head.status, source }
  requests.asyncEnd.publish(trace)
}

export function traceFailure(trace: RequestTrace, error: unknown): void {
  trace.error = error
  requests.error.publish(trace)
  requests.asyncEnd.publish(trace)
}
