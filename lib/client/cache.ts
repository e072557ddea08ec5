/** A cache as its user holds it. Its interface is the same for a host in this thread and in another. */

import type { Clock } from '../base/clock.js'
import { type CloseOptions, readDrainMs } from '../base/drain.js'
import type { Policy } from '../http/policy.js'
import { bypassesCache } from '../pending/bypass.js'
import { type Explanation, explain } from '../pending/explain.js'
import type { PurgeTarget } from '../pending/host.js'
import type { LendingHost } from '../pending/memory.js'
import type { RequestOptions } from '../pending/request-options.js'
import { Revalidations } from '../pending/revalidations.js'
import type { Pending, Selected, Settled, WaitOptions } from '../scheduler/index.js'
import { known, Scheduler } from '../scheduler/internal.js'
import { refuseBadPort } from './fetch/bad-port.js'
import { fetchThrough } from './fetch/fetch.js'
import type { FetchInit } from './fetch/fetch-init.js'
import { checkedPurge } from './input/purge.js'
import { requestOptions, type SendInit } from './input/send-init.js'
import type { RequestInput } from './input/target.js'
import { endOnAbort } from './request/end-on-abort.js'
import { HostCall } from './request/host-call.js'
import type { PendingRequest } from './request/pending-request.js'
import type { PlacingHost } from './request/placement.js'
import { Requests } from './request/requests.js'
import { Reads } from './response/reads.js'
import type { HttpResponse } from './response/response.js'
import type { GuestStats, Stats } from './stats.js'

/** How long `close` waits, after the drain, for cancelled hooks to clean up. */
const CLEAN_UP_MS = 1_000

/** @internal The parts that `openCache` and `connect` make a cache of. */
export interface CacheParts<S> {
  readonly host: LendingHost | PlacingHost
  readonly policy: Policy
  readonly clock: Clock
  readonly id: string
  readonly stats: (cache: GuestStats) => S
  /** Ends the host, or this thread's connection to it. */
  readonly shutDown: () => Promise<void>
}

/**
 * A cache, as `openCache`, `connect` and `HostThread.connect` return it. Disposable: `await using` closes it.
 *
 * @example
 * const cache = openCache()
 * const response = await cache.send('http://localhost:8080/story')
 * console.log(response.wasCached, await response.text())
 * await cache.close()
 */
export class Cache<S = Stats> implements AsyncDisposable {
  /** @internal For callers that have checked the request heads themselves. */
  readonly requests: Requests
  readonly #parts: CacheParts<S>
  readonly #scheduler: Scheduler
  readonly #revalidations: Revalidations
  readonly #reads = new Reads()
  #closed: Promise<void> | undefined

  /** Made by `openCache` and `connect` alone. */
  private constructor(parts: CacheParts<S>) {
    this.#parts = parts
    this.#scheduler = new CacheScheduler(parts.host)
    const { host, policy, clock, id } = parts
    const { engine } = this.#scheduler
    const revalidations = new Revalidations(engine, clock)
    this.#revalidations = revalidations
    this.requests = new Requests({ host, policy, clock, id, engine, revalidations, reads: this.#reads })
  }

  /** @internal */
  static over<S>(parts: CacheParts<S>): Cache<S> {
    return new Cache(parts)
  }

  /**
   * Begins a request. A request that may be answered from the cache sends nothing before it is driven; any other is sent at once.
   *
   * @throws InvalidArgumentError for an invalid URL, header or option; ClosedError; SendError for an unknown backend
   * @example
   * const pending = cache.send('http://localhost:8080/')
   * const response = pending.wait() // or: await pending, yield* pending, pending.poll()
   */
  send(input: RequestInput, init?: SendInit): PendingRequest {
    return this.#begin(
      requestOptions(input, init),
      init?.signal ?? (input instanceof Request ? input.signal : undefined),
    )
  }

  /**
   * `fetch` through the cache. Rejects as `fetch` does: with the reason of an aborted signal, or else with a `TypeError` whose
   * `cause` is the system's error. That `TypeError` is also a `SendError` (`isSendError`) if no answer came, or another error of
   * this library. `data:` and `blob:` URLs are left to the platform's own `fetch`, and not stored. The function is bound to its
   * cache, so it can be passed to any code that takes a `fetch`.
   *
   * @example
   * const api = ky.create({ fetch: cache.fetch })
   * console.log(await api.get('http://localhost:8080/story').text())
   */
  readonly fetch = (input: RequestInput, init?: FetchInit): Promise<Response> => {
    return fetchThrough(this.#sendDemanding, input, init)
  }

  /**
   * Blocks until one of the pendings has finished, and returns its answer; if several have, that of the lowest index. If that one
   * has failed, throws its failure. The others stay usable either way. `timeoutMs` is in milliseconds; without it, the wait has
   * no limit.
   *
   * @throws InvalidArgumentError for no pendings or more than 16,384, TimeoutError, WouldDeadlockError
   */
  select(pendings: readonly PendingRequest[], options?: WaitOptions): Selected<HttpResponse, PendingRequest> {
    return this.#scheduler.select<HttpResponse, PendingRequest>(pendings, options)
  }

  /** Answers and failures in the order they come, on the event loop. @throws InvalidArgumentError if one is not of this cache */
  asCompleted(pendings: Iterable<PendingRequest>): AsyncGenerator<Settled<HttpResponse>, void> {
    return this.#scheduler.asCompleted(pendings)
  }

  /** Like `asCompleted`, but blocks between answers. @throws InvalidArgumentError, WouldDeadlockError */
  completed(pendings: Iterable<PendingRequest>): Generator<Settled<HttpResponse>, void> {
    return this.#scheduler.completed(pendings)
  }

  /**
   * Removes stored responses, or with `soft` ends their freshness: by surrogate key, by URL, or all of them (semantics 12). The
   * pending gives the number of objects and marks affected. A purge begins at the call, whether or not the pending is driven. Once
   * the purge is done, no lookup finds a removed response.
   *
   * @throws InvalidArgumentError, also for a soft purge of everything; ClosedError
   * @example
   * const removed = await cache.purge({ surrogateKey: 'book' })
   */
  purge(target: PurgeTarget, options: { soft?: boolean } = {}): Pending<number> {
    this.requests.checkOpen()
    const { targets, soft } = checkedPurge(target, options)
    const { host } = this.#parts
    return new HostCall({
      host,
      engine: this.#scheduler.engine,
      name: 'purge',
      handles: targets.map((each) => host.purge(each, { soft })),
      take: (handle) => host.purged(handle),
      finish: (affected) => affected.reduce((sum, each) => sum + each, 0),
    })
  }

  /**
   * Explains what would become of this request now, and by which rules, step by step. Sends and counts nothing.
   *
   * @throws InvalidArgumentError, ClosedError
   * @example
   * console.log(String(cache.explain('http://localhost:8080/').wait()))
   */
  explain(input: RequestInput, init?: SendInit): Pending<Explanation> {
    return this.explainChecked(requestOptions(input, init))
  }

  /** @internal Like `explain`, for callers that have checked the request head. */
  explainChecked(options: RequestOptions): Pending<Explanation> {
    this.requests.checkOpen()
    const { host, policy } = this.#parts
    if (bypassesCache(options, policy)) return this.#scheduler.spawn(() => known(explain(options, policy, undefined)))
    return new HostCall({
      host,
      engine: this.#scheduler.engine,
      name: 'explanation',
      handles: [host.foresee(options.request, { key: options.key })],
      take: (handle) => host.foreseen(handle),
      finish: ([foreseen]) => explain(options, policy, foreseen),
    })
  }

  /**
   * The present statistics. With a host in another thread, blocks for a round trip.
   *
   * @throws with a host in another thread: HostLostError if that host is gone, ClosedError once this cache is closed
   */
  stats(): S {
    return this.#parts.stats({ requests: this.requests.counts, revalidations: this.#revalidations.stats() })
  }

  /**
   * Closes the cache. Refuses new requests. Waits, for `drainMs` milliseconds at most (10,000 by default), for background work,
   * for requests that were detached or handed off, and for reads of stored bodies. Then ends the rest: other requests without an
   * answer, bodies that nobody reads, and bodies that are not stored (semantics 10.6). May be called twice.
   *
   * @throws InvalidArgumentError
   */
  close(options: CloseOptions = {}): Promise<void> {
    const drainMs = readDrainMs(options)
    this.requests.close()
    this.#closed ??= this.#close(drainMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  readonly #sendDemanding = (input: RequestInput, init: SendInit, demands: string | undefined): PendingRequest => {
    const options = requestOptions(input, init)
    const { request, backend } = options
    if (backend === undefined) refuseBadPort(request.url)
    return this.#begin(demands === undefined ? options : { ...options, request: { ...request, demands } }, init.signal)
  }

  #begin(options: RequestOptions, signal: AbortSignal | null | undefined): PendingRequest {
    const pending = this.requests.begin(options)
    if (signal) endOnAbort(pending, signal)
    return pending
  }

  async #close(drainMs: number): Promise<void> {
    await Promise.all([this.#revalidations.drain(drainMs), this.#reads.drain(drainMs)])
    await this.#cancelEverybody()
    await this.#parts.shutDown()
    this.requests.forget()
  }

  /** Cancels all requests. Their hooks may clean up, for a limited time. */
  async #cancelEverybody(): Promise<void> {
    let stopTimer = () => {}
    const timeout = new Promise<void>((resolve) => {
      stopTimer = this.#parts.clock.setTimer(CLEAN_UP_MS, resolve)
    })
    await Promise.race([this.#scheduler[Symbol.asyncDispose](), timeout])
    stopTimer()
  }
}

/** Is called "the cache" in errors: a user who reads a body after the close has never seen a scheduler. */
class CacheScheduler extends Scheduler {
  protected override get title(): string {
    return 'the cache'
  }
}
