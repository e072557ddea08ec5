/** Publishes each request's begin and end on a tracing channel of `node:diagnostics_channel`. */

import { tracingChannel } from 'node:diagnostics_channel'
import type { RequestHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { currentAsyncContext, type InAsyncContext } from '../../pending/hook-calls.js'

/** The message on `tracing:tidewait:request:*`. `result` and `error` are set once they are known. */
export interface RequestTrace {
  readonly method: string
  readonly url: string
  result?: { readonly status: number; readonly source: Answer['source'] }
  error?: unknown
}

/** A request that is traced. Its end is published in the asynchronous context of its begin, whoever brings it about. */
export interface Trace {
  readonly message: RequestTrace
  readonly inAsyncContext: InAsyncContext
}

/** `start` when a request begins, `asyncEnd` when it has its answer or failure, or was cancelled; `error` before that, unless it has an answer. */
const requests = tracingChannel<unknown, RequestTrace>('tidewait:request')

/** The trace of a request that begins, if the channel has a subscriber. */
export function traceStart({ method, url }: RequestHead): Trace | undefined {
  if (!requests.start.hasSubscribers && !requests.asyncEnd.hasSubscribers && !requests.error.hasSubscribers)
    return undefined
  const message: RequestTrace = { method, url }
  requests.start.publish(message)
  return { message, inAsyncContext: currentAsyncContext() }
}

export function traceAnswer(
  { message, inAsyncContext }: Trace,
  { head, source }: Pick<Answer, 'head' | 'source'>,
): void {
  message.result = { status: head.status, source }
  inAsyncContext(() => requests.asyncEnd.publish(message))
}

export function traceFailure({ message, inAsyncContext }: Trace, error: unknown): void {
  message.error = error
  inAsyncContext(() => {
    requests.error.publish(message)
    requests.asyncEnd.publish(message)
  })
}
