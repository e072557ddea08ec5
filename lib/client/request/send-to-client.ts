/** An answer on its way out to a client of this process' own HTTP server (semantics 1.6). */

import type { ServerResponse } from 'node:http'
import type { Operation } from 'effection'
import { CancelledError, InvalidArgumentError } from '../../base/errors.js'
import type { Field } from '../../http/message.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import { begin } from '../writing/begin.js'
import { gatewayStatus } from '../writing/gateway-status.js'
import { writeBegin, writeRest } from '../writing/write-body.js'
import { writeInterim } from '../writing/write-head.js'
import { writeWhole } from '../writing/write-whole.js'
import type { Asked } from './asked.js'
import type { Course } from './course.js'

/** How a client is answered, where that is not left to `sendToClient`. */
export interface AnswerOptions {
  /** Answers a client in place of a plain 502, 503 or 504. */
  readonly onFailure: (failure: unknown) => void
  /** A line to add to the head of the answer, whatever it is. */
  readonly more?: Field
}

/** A `PendingRequest`, as far as it matters here. */
interface PendingAnswer extends Coroutine<HttpResponse> {
  readonly engine: Engine
  detach(): void
}

export interface DeliveryParts {
  readonly pending: PendingAnswer
  readonly course: Course
  readonly asked: Asked
  readonly response: ServerResponse
}

/** One request and its one client. */
export class Delivery {
  readonly #parts: DeliveryParts
  /** The client went away before it had an answer: whoever leads goes on for the others, and it is the same to this client. */
  #leaving: CancelledError | undefined
  /** Waited for until there is something to hand over, or nobody to hand it to. */
  #waiting: Coroutine<void> | undefined
  /** The body, where it was not all there at once, and who writes it. */
  #rest: { readonly of: HttpResponse; readonly writing: Coroutine<void> } | undefined

  /** Throws `InvalidArgumentError` for what is no client, or one that has an answer. */
  constructor(parts: DeliveryParts) {
    const { response, asked } = parts
    if (typeof (response as Partial<ServerResponse> | null | undefined)?.writeHead !== 'function')
      throw new InvalidArgumentError('sendToClient takes the ServerResponse of a request of node:http')
    if (response.headersSent) throw answeredAlready()
    this.#parts = parts
    asked.onInterim = (head) => writeInterim(response, head)
    if (response.destroyed) this.#closed()
    else response.once('close', () => this.#closed())
  }

  /**
   * Answers the client when there is an answer, from within the step that brings it about: whoever does not wait for
   * that costs no coroutine of its own.
   */
  soon({ onFailure, more }: AnswerOptions): void {
    const { pending } = this.#parts
    pending.engine.attach(pending)
    pending.onFinish(() => {
      try {
        this.#hand(pending.answer(), more)
      } catch (failure) {
        onFailure(failure)
      }
    })
  }

  /**
   * Done when the answer is handed over: as soon as a request is direct, with the head for any other. The body follows
   * by itself.
   *
   * | the request | its client | a failure |
   * |---|---|---|
   * | is direct, its answer still to come | is answered when that has come, by `soon` | becomes a 502, 503 or 504 |
   * | has an answer, past the cache after a lookup | is given that here and now | becomes the same |
   * | has an answer, and has not left the cache | is given that here and now | is thrown, and nothing was sent |
   * | has none, and its client has gone | gets nothing | is the `CancelledError` that says so |
   */
  *run(): Operation<void> {
    const { pending, course } = this.#parts
    pending.poll()
    if (course.directHandle() === undefined && !pending.finished) yield* this.#untilItIsDirect()
    if (this.#leaving !== undefined && !pending.finished) throw this.#leaving
    // It was handed over whatever becomes of it, so a failure has to become an answer.
    if (course.directHandle() !== undefined) return this.#handOff()
    let answer: HttpResponse
    try {
      answer = yield* pending
    } catch (failure) {
      if (!course.hasLeftCache()) throw this.#leaving ?? failure
      return this.#refuse(failure)
    }
    if (this.#leaving !== undefined) {
      answer.cancel()
      throw this.#leaving
    }
    try {
      this.#hand(answer, undefined)
    } catch (failure) {
      if (!course.hasLeftCache()) throw failure
      this.#refuse(failure)
    }
  }

  /** Nobody waits for it from here on but a cache that closes, until the client has been answered or has gone. */
  #handOff(): void {
    const { response, course } = this.#parts
    if (!response.closed) course.goesOnAlone?.(new Promise<void>((resolve) => response.once('close', resolve)))
    this.soon({ onFailure: (failure) => this.#refuse(failure) })
  }

  /** Or until it has finished, however, or the client has left it to others. */
  *#untilItIsDirect(): Operation<void> {
    const { pending, asked } = this.#parts
    const waiting = new Coroutine(pending.engine, () => ended(pending), 'a client that waits')
    this.#waiting = waiting
    asked.onLeavingCache = () => waiting.cancel()
    try {
      yield* waiting
    } catch (failure) {
      if (!(failure instanceof CancelledError)) throw failure
    } finally {
      asked.onLeavingCache = undefined
      waiting.cancel()
    }
  }

  #hand(answer: HttpResponse, more: Field | undefined): void {
    const { response, pending } = this.#parts
    if (response.headersSent) {
      if (!answer.bodyUsed) answer.cancel()
      throw answeredAlready()
    }
    answer.claim('sendToClient')
    const body = answer.takeInHand()
    if (body !== undefined) return writeWhole(response, { head: answer.head, body }, more)
    if (writeBegin(response, answer, more) === 'nothing') return
    const { engine } = pending
    const writing = new Coroutine(engine, () => writeRest(response, answer), 'a body on its way to a client')
    this.#rest = { of: answer, writing }
    // Those who have nothing yet come first.
    engine.attachLater(writing)
  }

  #refuse(failure: unknown): void {
    const { response, pending, asked } = this.#parts
    // Where somebody else has answered meanwhile it is too late to say so.
    if (response.headersSent || response.destroyed) return
    // An answer there is, and cannot be written.
    if (pending.state === 'returned' && gatewayStatus(failure) === 500) return void response.destroy()
    const lines = asked.ops.apply([['content-length', '0']], 'error').flat()
    try {
      begin(response, { status: gatewayStatus(failure), statusText: '' }, lines)
      response.end()
    } catch {
      // What the program has set on it cannot be written. Thrown from here, that would end the process.
      response.destroy()
    }
  }

  /** Whoever ended it, nobody is left to answer. */
  #closed(): void {
    const { response, pending, course } = this.#parts
    const rest = this.#rest
    if (pending.finished && rest?.writing.finished !== false) return
    const reason = response.writableFinished ? answeredAlready() : new Error('the client went away')
    this.#leaving = new CancelledError(reason)
    course.leaveToOthers?.()
    if (!course.leads()) pending.cancel(reason)
    else if (this.#waiting?.finished === false) this.#leaveToOthers(this.#waiting)
    rest?.writing.cancel(reason)
    // One that has not begun has nothing to give back.
    rest?.of.cancel()
  }

  /** The fetch goes on, and this client is told now that it is not there for it, wherever that fetch runs. */
  #leaveToOthers(waiting: Coroutine<void>): void {
    this.#parts.pending.detach()
    waiting.cancel()
  }
}

/** Ends as `pending` does, whether that is with an answer or a failure. */
function* ended(pending: PendingAnswer): Operation<void> {
  try {
    yield* pending
  } catch {
    // It is heard by whoever asks for the answer.
  }
}

function answeredAlready(): InvalidArgumentError {
  return new InvalidArgumentError('this client has been answered already')
}
