/** A pending request as its caller holds it: a coroutine that follows a route, with header edits and hand-off to a client. */

import type { ServerResponse } from 'node:http'
import { AlreadyFinishedError } from '../../base/errors.js'
import type { HeaderTarget } from '../../pending/header-ops.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Handle, Pending } from '../../scheduler/index.js'
import { Coroutine, type Engine } from '../../scheduler/internal.js'
import type { HttpResponse } from '../response/response.js'
import type { RequestCall } from './request-call.js'
import type { Route } from './route.js'
import { type AnswerOptions, Delivery } from './send-to-client.js'
import { traceFailure } from './tracing.js'

/**
 * A pending request, as `send` returns it. Drive it in any of the four ways, or `detach` it. Several drivers may drive the same
 * request; any of them can take over from another.
 *
 * @throws SendError from every driver if no usable answer came; CancelledError if the request was cancelled, also by the close of
 * its cache (`cause` is a ClosedError then); HostLostError if the host has ended meanwhile
 * @example
 * const pending = cache.send('http://localhost:8080/story')
 * pending.setResponseHeader('x-served-by', 'tide')
 * const response = pending.wait({ timeoutMs: 5_000 })
 * console.log(response.headers.get('x-served-by'))
 */
export class PendingRequest extends Coroutine<HttpResponse> implements Pending<HttpResponse> {
  /** @internal */
  declare readonly engine: Engine

  readonly #route: Route
  readonly #call: RequestCall
  #directHandle: 'kept' | 'given' = 'kept'

  /** Made by `send` alone. */
  private constructor(engine: Engine, route: Route, call: RequestCall) {
    super(engine, () => route.run())
    this.#route = route
    this.#call = call
  }

  /** @internal */
  static on(engine: Engine, route: Route, call: RequestCall): PendingRequest {
    return new PendingRequest(engine, route, call)
  }

  /** @internal */
  override get name(): string {
    return this.#route.name
  }

  override get waitHandle(): Handle {
    return this.state === 'fresh' ? this.#route.firstHandle : super.waitHandle
  }

  /** @internal */
  override promise(): Promise<HttpResponse> {
    if (!this.finished) this.#route.refuseOwnHook?.()
    return super.promise()
  }

  override [Symbol.iterator](): ReturnType<Coroutine<HttpResponse>[typeof Symbol.iterator]> {
    if (!this.finished) this.#route.refuseOwnHook?.()
    return super[Symbol.iterator]()
  }

  override cancel(reason?: unknown): void {
    const { state } = this
    super.cancel(reason)
    if (state === 'fresh') this.#route.giveUp()
  }

  /** @internal Here, because the route does not see that the request was cancelled. */
  override ended(): void {
    const { trace } = this.#call
    if (trace !== undefined) traceFailure(trace, this.content)
  }

  /** @internal Called for an answer that no driver gets: closes its body. */
  override dropped(answer: HttpResponse): void {
    answer.cancel()
  }

  /**
   * Replaces all values of a header of the answer. Edits are made in order, to the answer that the caller gets and never to the
   * stored one. `target` says which answer is meant: the real answer (the default), the error answer that a hand-off may end in, or
   * any.
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

  /** The host's handle of a request that goes past the cache and has not been answered. Given once (semantics 1.3). */
  intoDirectHandle(): Handle | undefined {
    if (this.finished || this.#directHandle === 'given') return undefined
    const handle = this.#route.directHandle()
    if (handle !== undefined) this.#directHandle = 'given'
    return handle
  }

  /**
   * Answers a client of this process's own server with what this request ends in: interim heads, head, body with back pressure,
   * trailers. The returned pending does nothing until it is driven: `await` it, for instance. It finishes when the answer is handed
   * over. The body follows by itself, for the client alone.
   *
   * - If the request stays with the cache, the returned pending fails with its failure, or with that of a body that breaks off
   *   before its first byte. Nothing was sent then.
   * - If the request goes past the cache, it is handed off. After a failure, the client gets a 502, 503 or 504 with the edits meant
   *   for an error. A closing cache waits until the client has been answered.
   * - If the body is being read already, the returned pending fails with `AlreadyFinishedError`, and nothing was sent.
   * - If the client goes away, the returned pending fails with a `CancelledError`. The request is cancelled, unless it leads: its
   *   fetch goes on, for the waiters and to be stored.
   * - A request may be sent to several clients, the next of which gets the answer if the first goes away.
   *
   * @throws InvalidArgumentError if `response` is no client, or has been answered already
   */
  sendToClient(response: ServerResponse): Pending<void> {
    return this.#delivery(response).handOver()
  }

  /** @internal Like `sendToClient`, without a pending: the request is driven from now on, and failures go to `onFailure`. */
  answerClient(response: ServerResponse, options: AnswerOptions): void {
    this.#delivery(response).answerOnFinish(options)
  }

  /** Drives the request to its end in the background. Its answer is stored if it may be, then dropped. `close()` waits for it. */
  detach(): void {
    const end = this.then(
      (response) => response.cancel(),
      () => {},
    )
    this.#route.detached?.(end)
  }

  #delivery(response: ServerResponse): Delivery {
    return new Delivery({ pending: this, route: this.#route, call: this.#call, response })
  }

  #edit(kind: 'set' | 'append' | 'remove', name: string, value: string, target: HeaderTarget | undefined): void {
    if (this.finished) throw new AlreadyFinishedError(`${kind}ResponseHeader`)
    this.#call.ops.add(kind, name, value, target)
  }
}

/** @internal */
export function nameOf({ request: { method, url } }: RequestOptions): string {
  return `${method} ${url}`
}
