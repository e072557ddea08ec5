/** An answer on its way out to a client of this process' own HTTP server (semantics 1.6). */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import type { Field } from '../http/message.js'
import type { HeaderOps } from '../pending/header-ops.js'
import type { Pending, Scheduler } from '../scheduler/index.js'
import { gatewayStatus } from './gateway-status.js'
import type { Interim } from './interim.js'
import type { HttpResponse } from './response.js'
import { writeBody, writeHead, writeInterim, writeWhole } from './write-answer.js'

/** What the caller of `sendToClient` may take over. */
export interface HandOver {
  /** Answers a client whose request was handed over and then failed, in place of a plain 502, 503 or 504. */
  readonly onFailure?: (failure: unknown) => void
  /** A line to add to the head of the answer, whatever it is. */
  readonly more?: Field
}

export interface SendToClientOptions extends HandOver {
  readonly ops: HeaderOps
  readonly interim: Interim
  readonly response: ServerResponse
  /** Whether the request goes past the cache, and can be handed over before it is answered. */
  readonly isDirect: () => boolean
  /** Whether it found, on its way, that it has to go past the cache. */
  readonly hasLeftCache: () => boolean
  /** Whether it has sent a fetch that others get the answer of too. */
  readonly leads: () => boolean
}

/** A request on its way, as far as it matters here. */
interface Request extends Pending<HttpResponse> {
  readonly scheduler: Scheduler
}

/** Done when the answer is handed over: at once for a direct request, with the head for any other. The body follows by itself. */
export function sendToClient(pending: Request, options: SendToClientOptions): Pending<void> {
  const { response, interim, isDirect, leads, more } = options
  if (typeof (response as Partial<ServerResponse> | null | undefined)?.writeHead !== 'function')
    throw new InvalidArgumentError('sendToClient takes the ServerResponse of a request of node:http')
  if (response.headersSent) throw answeredAlready()
  interim.listener = (head) => writeInterim(response, head)
  const { scheduler } = pending
  let behind: Pending<void> | undefined
  const follow = (operation: () => Operation<void>) => {
    behind = scheduler.spawn(operation)
    behind.then(undefined, () => response.destroy())
  }
  response.once('close', () => {
    if (response.writableFinished) return
    const reason = new Error('the client went away')
    if (!leads()) pending.cancel(reason)
    behind?.cancel(reason)
  })
  return scheduler.spawn(function* sendToClient() {
    pending.poll()
    if (isDirect()) return follow(() => deliverDirect(pending, options))
    const answer = yield* answered(pending, options)
    if (answer !== undefined && response.headersSent) {
      answer.cancel()
      throw answeredAlready()
    }
    if (answer === undefined) return
    const body = answer.takeInHand()
    if (body !== undefined) return writeWhole(response, { head: answer.head, body }, more)
    if (writeHead(response, answer, more) === 'sent') follow(() => writeBody(response, answer))
  })
}

/** The answer; or nothing, where the request has left the cache on its way, and failed there: the client is told by then. */
function* answered(pending: Request, options: SendToClientOptions): Operation<HttpResponse | undefined> {
  try {
    return yield* pending
  } catch (failure) {
    if (!options.hasLeftCache()) throw failure
    writeFailure(failure, options)
    return undefined
  }
}

/** A direct request was handed over whatever becomes of it, so a failure has to become an answer here. */
function* deliverDirect(pending: Request, options: SendToClientOptions): Operation<void> {
  const { response, more } = options
  let answer: HttpResponse
  try {
    answer = yield* pending
  } catch (failure) {
    return writeFailure(failure, options)
  }
  // Somebody else has answered meanwhile, and it is too late to say so: this answer is dropped, and theirs goes on.
  if (response.headersSent) return answer.cancel()
  if (writeHead(response, answer, more) === 'sent') yield* writeBody(response, answer)
}

function answeredAlready(): InvalidArgumentError {
  return new InvalidArgumentError('this client has been answered already')
}

function writeFailure(failure: unknown, { response, ops, onFailure }: SendToClientOptions): void {
  if (response.headersSent || response.destroyed) return
  if (onFailure !== undefined) return onFailure(failure)
  response.writeHead(gatewayStatus(failure), ops.apply([['content-length', '0']], 'error').flat())
  response.end()
}
