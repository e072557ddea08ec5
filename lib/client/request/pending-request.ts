/** A request on its way, as a caller holds it: a pending with a few more things to say. */

import type { ServerResponse } from 'node:http'
import { AlreadyFinishedError } from '../../base/errors.js'
import type { HeaderTarget } from '../../pending/header-ops.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Handle, Pending } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import type { Asked } from './asked.js'
import type { Course } from './course.js'
import { type AnswerOptions, Delivery } from './send-to-client.js'

/**
 * A pending request, as `send` gives it. Drive it in any of the four ways, or `detach` it. Nobody who drives it waits for another
 * who does: each may take over from the other.
 *
 * @throws SendError from every driver, where no usable answer came; CancelledError where it was cancelled, by the close of
 * its cache too (`cause` is a ClosedError then); HostLostError where the host has ended meanwhile
 * @example
 * const pending = cache.send('http://localhost:8080/story')
 * pending.setResponseHeader('x-served-by', 'tide')
 * const response = pending.wait({ timeoutMs: 5_000 })
 * console.log(response.headers.get('x-served-by'))
 */
export class PendingRequest extends Coroutine<HttpResponse> implements Pending<HttpResponse> {
  /** @internal */
  declare readonly engine: Engine

  readonly #course: Course
  readonly #asked: Asked
  #handle: 'here' | 'given' = 'here'

  /** Made by `send` alone. */
  private constructor(engine: Engine, course: Course, asked: Asked) {
    super(engine, () => course.run())
    this.#course = course
    this.#asked = asked
  }

  /** @internal */
  static on(engine: Engine, course: Course, asked: Asked): PendingRequest {
    return new PendingRequest(engine, course, asked)
  }

  /** @internal */
  override get name(): string {
    return this.#course.name
  }

  override get waitHandle(): Handle {
    return this.state === 'fresh' ? this.#course.firstHandle : super.waitHandle
  }

  /** @internal */
  override promise(): Promise<HttpResponse> {
    if (!this.finished) this.#course.refuseOwnHook?.()
    return super.promise()
  }

  override [Symbol.iterator](): ReturnType<Coroutine<HttpResponse>[typeof Symbol.iterator]> {
    if (!this.finished) this.#course.refuseOwnHook?.()
    return super[Symbol.iterator]()
  }

  override cancel(reason?: unknown): void {
    const { state } = this
    super.cancel(reason)
    if (state === 'fresh') this.#course.giveUp()
  }

  /** @internal Nobody gets it to read, or to close its body. */
  override dropped(answer: HttpResponse): void {
    answer.cancel()
  }

  /**
   * Replaces all values of a header of the answer. Edits are made in order, to what the caller gets and never to what is
   * stored. The `target` says which answer is meant: the real one (the default), the error that a hand-off may end in,
   * or any.
   *
   * @throws InvalidArgumentError, AlreadyFinishedError
   */
  setResponseHeader(name: string, value: string, target?: HeaderTarget): void {
    this.#edit('set', name, value, target)
  }

  /** Adds a value. @throws InvalidArgumentError, AlreadyFinishedError */
  appendResponseHeader(name: string, value: string, target?: HeaderTarget): void {
    this.#edit('append', name, value, target)
  }

  /** Removes all values. @throws InvalidArgumentError, AlreadyFinishedError */
  removeResponseHeader(name: string, target?: HeaderTarget): void {
    this.#edit('remove', name, '', target)
  }

  /** The host's handle of a request that goes past the cache and has not been answered; once (semantics 1.3). */
  intoDirectHandle(): Handle | undefined {
    if (this.finished || this.#handle === 'given') return undefined
    const handle = this.#course.directHandle()
    if (handle !== undefined) this.#handle = 'given'
    return handle
  }

  /**
   * Answers a client of this process' own server with whatever this request ends in: interim heads, head, body with back
   * pressure, trailers. The pending is done when the answer is handed over; the body follows by itself, and is the client's alone.
   *
   * - The request stays with the cache: a failure, of the request or of a body that breaks off before its first byte, is the
   *   pending's, and nothing was sent.
   * - It goes past the cache: it is handed off. A failure gives the client a 502, 503 or 504 with the edits meant for an error, and
   *   a cache that closes waits until the client has been answered.
   * - Somebody has begun to read the body: the pending fails with `AlreadyFinishedError`, and nothing was sent.
   * - The client goes away: that cancels the request, unless it leads, for others may wait for its fetch, and it is stored.
   *
   * @throws InvalidArgumentError for what is no client, or one that has an answer already
   */
  sendToClient(response: ServerResponse): Pending<void> {
    const delivery = this.#delivery(response)
    return new Coroutine(this.engine, () => delivery.run(), 'sendToClient')
  }

  /** @internal As `sendToClient`, for those who need not wait: it is driven from now on, and a failure goes to `onFailure`. */
  answerClient(response: ServerResponse, options: AnswerOptions): void {
    this.#delivery(response).soon(options)
  }

  /** Goes on without anyone waiting but a cache that closes: the answer is stored if it may be, and otherwise forgotten. */
  detach(): void {
    const end = this.then(
      (response) => response.cancel(),
      () => {},
    )
    this.#course.goesOnAlone?.(end)
  }

  #delivery(response: ServerResponse): Delivery {
    return new Delivery({ pending: this, course: this.#course, asked: this.#asked, response })
  }

  #edit(kind: 'set' | 'append' | 'remove', name: string, value: string, target: HeaderTarget | undefined): void {
    if (this.finished) throw new AlreadyFinishedError(`${kind}ResponseHeader`)
    this.#asked.ops.add(kind, name, value, target)
  }
}

/** @internal */
export function nameOf({ request: { method, url } }: RequestOptions): string {
  return `${method} ${url}`
}
