/** Answers one client of this process's own HTTP server with what one request ends in (semantics 1.6). */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import { CancelledError, InvalidArgumentError } from '../../base/errors.js'
import type { Field, ResponseHead } from '../../http/message.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import { begin } from '../writing/begin.js'
import { gatewayStatus } from '../writing/gateway-status.js'
import { writeBegin, writeRest } from '../writing/write-body.js'
import { writeInterim } from '../writing/write-head.js'
import { writeWhole } from '../writing/write-whole.js'
import type { RequestCall, WaitingClient } from './request-call.js'
import type { Route } from './route.js'

/** How `answerClient` differs from `sendToClient`. */
export interface AnswerOptions {
  /** Called for a failure, to answer the client in place of a plain 502, 503 or 504. */
  readonly onFailure: (failure: unknown) => void
  /** A field line to add to the head of the answer. */
  readonly more?: Field
}

/** The parts of `PendingRequest` that are used here. */
interface PendingAnswer extends Coroutine<HttpResponse> {
  readonly engine: Engine
  detach(): void
}

export interface DeliveryParts {
  readonly pending: PendingAnswer
  readonly route: Route
  readonly call: RequestCall
  readonly response: ServerResponse
}

/** One request and one of its clients, which nearly always is its only one. */
export class Delivery implements WaitingClient {
  readonly #parts: DeliveryParts
  /** `answered`: as far as this delivery is concerned, the client waits no more, though the rest of its body may follow. */
  #state: 'waiting' | 'answered' = 'waiting'
  /**
   * Set once the response has closed before it was answered whole from here: the client has gone, or the program has answered it.
   * An unfinished delivery then fails with this, even if the request goes on.
   */
  #clientGone: CancelledError | undefined
  /** What `run` waits for until the request is direct or finished. It is cancelled to end that wait earlier. */
  #untilDirect: Coroutine<void> | undefined
  /** The answer whose body is being written, and the coroutine that writes it. Not set for a body that was written at once. */
  #streaming: { readonly answer: HttpResponse; readonly writing: Coroutine<void> } | undefined

  /** Throws `InvalidArgumentError` if `response` is no client, or has been answered already. */
  constructor(parts: DeliveryParts) {
    const { response, call } = parts
    if (typeof (response as Partial<ServerResponse> | null | undefined)?.writeHead !== 'function')
      throw new InvalidArgumentError('sendToClient takes the ServerResponse of a request of node:http')
    if (response.headersSent) throw answeredAlready()
    this.#parts = parts
    call.addClient(this)
    if (response.destroyed) this.#onClose()
    else response.once('close', () => this.#onClose())
  }

  interim(head: ResponseHead): void {
    writeInterim(this.#parts.response, head)
  }

  /** The hand-over goes on at once, whatever becomes of the request. */
  leftCache(): void {
    this.#untilDirect?.cancel()
  }

  /** The pending that `sendToClient` returns. Once that is cancelled, the client waits for the request's answer no more. */
  handOver(): Coroutine<void> {
    return new HandOver(this, this.#parts)
  }

  /**
   * Answers the client as soon as the request finishes, within the step that finishes it. So a delivery that nobody waits for needs
   * no coroutine of its own.
   */
  answerOnFinish({ onFailure, more }: AnswerOptions): void {
    const { pending } = this.#parts
    pending.engine.attach(pending)
    pending.onFinish(() => {
      if (this.#clientGone !== undefined) return this.#leaveAnswer()
      try {
        this.#writeAnswer(pending.answer(), more)
      } catch (failure) {
        onFailure(failure)
      }
    })
  }

  /**
   * Ends when the answer is handed over: for a direct request at once, for any other when its head is written. The body follows by
   * itself.
   *
   * | the request | the client | a failure |
   * |---|---|---|
   * | is direct and unfinished | is answered by `answerOnFinish` | becomes a 502, 503 or 504 |
   * | has finished, and went past the cache | is answered now | becomes a 502, 503 or 504 |
   * | has finished, and stayed with the cache | is answered now | is thrown, and nothing was sent |
   * | any, and its client has gone by now | gets nothing | is a `CancelledError` that says so |
   */
  *run(): Operation<void> {
    const { pending, route } = this.#parts
    pending.engine.advance(pending)
    if (route.directHandle() === undefined && !pending.finished) yield* this.#waitUntilDirect()
    if (this.#clientGone !== undefined) {
      this.#leaveAnswer()
      throw this.#clientGone
    }
    // A direct request is handed off now, and `run` ends. A later failure must become the client's answer.
    if (route.directHandle() !== undefined) return this.#handOff()
    let answer: HttpResponse
    try {
      answer = yield* pending
    } catch (failure) {
      if (!route.goesPastCache()) throw failure
      return this.#writeError(failure)
    }
    try {
      this.#writeAnswer(answer, undefined)
    } catch (failure) {
      if (!route.goesPastCache()) throw failure
      this.#writeError(failure)
    }
  }

  /** From here on, only a closing cache waits for the request: until the client has been answered or has gone. */
  #handOff(): void {
    const { response, route } = this.#parts
    if (!response.closed) route.detached?.(new Promise<void>((resolve) => response.once('close', resolve)))
    this.answerOnFinish({ onFailure: (failure) => this.#writeError(failure) })
  }

  /** Waits until the request is direct or has finished, or until its client has gone while the request leads. */
  *#waitUntilDirect(): Operation<void> {
    const { pending } = this.#parts
    const waiting = new Coroutine(pending.engine, () => settled(pending), 'a client that waits')
    this.#untilDirect = waiting
    try {
      yield* waiting
    } catch (failure) {
      if (!(failure instanceof CancelledError)) throw failure
    } finally {
      waiting.cancel()
    }
  }

  #writeAnswer(answer: HttpResponse, more: Field | undefined): void {
    const { response, pending } = this.#parts
    this.#waitsNoMore()
    if (response.headersSent) {
      this.#leaveAnswer()
      throw answeredAlready()
    }
    answer.claim('sendToClient')
    const body = answer.takeInHand()
    if (body !== undefined) return writeWhole(response, { head: answer.head, body }, more)
    if (writeBegin(response, answer, more) === 'nothing') return
    const { engine } = pending
    const writing = new Coroutine(engine, () => writeRest(response, answer), 'a body on its way to a client')
    this.#streaming = { answer, writing }
    // Later, so that other clients get their heads before this one gets more of its body.
    engine.attachLater(writing)
  }

  #writeError(failure: unknown): void {
    const { response, pending, call } = this.#parts
    this.#waitsNoMore()
    // The program has answered the client itself meanwhile, or the client has gone.
    if (response.headersSent || response.destroyed) return
    // The request has an answer, but that cannot be written: no gateway error.
    if (pending.state === 'returned' && gatewayStatus(failure) === 500) return void response.destroy()
    const lines = call.ops.apply([['content-length', '0']], 'error').flat()
    try {
      begin(response, { status: gatewayStatus(failure), statusText: '' }, lines)
      response.end()
    } catch {
      // The headers that the program has set cannot be written. An error thrown from here would end the process.
      response.destroy()
    }
  }

  /** The client waits for the answer no more, but its leaving still ends the request, unless others wait. */
  cancelled(): void {
    this.#parts.call.removeClient(this)
  }

  #waitsNoMore(): void {
    this.#state = 'answered'
    this.#parts.call.removeClient(this)
  }

  /** Closes the body of an answer that the client does not get, unless it is read elsewhere, or another client waits for it. */
  #leaveAnswer(): void {
    const { pending, call } = this.#parts
    if (pending.state !== 'returned' || call.hasClients) return
    const answer = pending.answer()
    if (!answer.bodyUsed) answer.cancel()
  }

  /** The response has closed: the client has its answer, or has gone, or the program has ended the response itself. */
  #onClose(): void {
    const { response, call } = this.#parts
    if (this.#state === 'answered' && this.#streaming?.writing.finished !== false) return
    const reason = response.writableFinished ? answeredAlready() : new Error('the client went away')
    this.#clientGone = new CancelledError(reason)
    call.removeClient(this)
    if (this.#streaming === undefined) return this.#leaveRequest(reason)
    const { writing, answer } = this.#streaming
    writing.cancel(reason)
    // A coroutine that was cancelled before its first step does not close the body.
    answer.cancel()
  }

  /**
   * Cancels the request, unless another client waits for it, or it leads: then it goes on, a leader for the waiters, and only the
   * delivery ends.
   */
  #leaveRequest(reason: Error): void {
    const { pending, route, call } = this.#parts
    if (pending.finished) return
    if (call.hasClients) return this.#untilDirect?.cancel()
    route.keepFetchOnGiveUp?.()
    if (!route.leads()) return pending.cancel(reason)
    if (this.#untilDirect?.finished !== false) return
    pending.detach()
    this.#untilDirect.cancel()
  }
}

class HandOver extends Coroutine<void> {
  readonly #delivery: Delivery

  constructor(delivery: Delivery, { pending }: DeliveryParts) {
    super(pending.engine, () => delivery.run(), 'sendToClient')
    this.#delivery = delivery
  }

  /** Here, because one that is cancelled before its first step does not run. */
  override ended(): void {
    if (this.state === 'cancelled') this.#delivery.cancelled()
  }
}

/** Ends when `pending` finishes, with an answer or a failure. */
function* settled(pending: PendingAnswer): Operation<void> {
  try {
    yield* pending
  } catch {
    // `run` gets the failure when it waits for the answer itself.
  }
}

function answeredAlready(): InvalidArgumentError {
  return new InvalidArgumentError('this client has been answered already')
}
