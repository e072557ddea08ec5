/** A cache as its user holds it: requests in, answers out. The same face over a host in this thread and in another. */

import type { Operation } from 'effection'
import type { Clock } from '../base/clock.js'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import { checkMs, checkOptions } from '../base/options.js'
import { checksItself } from '../base/self-check.js'
import type { Placed } from '../bridge/remote-host.js'
import type { HostStats } from '../host/local-host.js'
import type { Policy } from '../http/policy.js'
import { isSurrogateKey } from '../http/surrogate-keys.js'
import type { Answer } from '../pending/answer.js'
import { goesPast, RequestContext, type RequestOptions } from '../pending/context.js'
import { type Explanation, explain } from '../pending/explain.js'
import { finalize, finalizeRecalled } from '../pending/finalize.js'
import { HeaderOps } from '../pending/header-ops.js'
import { refuseOwnHook, refuseSelfCollapse } from '../pending/hook-calls.js'
import type { PurgeTarget, RequestBody } from '../pending/host.js'
import { type LendingHost, Memory, memoryKey } from '../pending/memory.js'
import type { RecalledAnswer } from '../pending/recalled.js'
import { pendingRequest } from '../pending/request.js'
import { Revalidations } from '../pending/revalidations.js'
import { SendError } from '../pending/send-error.js'
import {
  type Handle,
  type Pending,
  promised,
  ready,
  type Selected,
  type Settled,
  type WaitOptions,
} from '../scheduler/index.js'
import { Scheduler } from '../scheduler/internal.js'
import { endOnAbort } from './end-on-abort.js'
import { type FetchInit, fetchThrough } from './fetch.js'
import { Interim } from './interim.js'
import { type Course, PendingRequest } from './pending-request.js'
import { Recollection } from './recollection.js'
import { HttpResponse } from './response.js'
import { requestOptions, type SendInit } from './send-init.js'
import type { RequestInput } from './target.js'
import { traceAnswer, traceFailure, traceStart } from './tracing.js'
import type { WholeAnswer } from './write-answer.js'

/** How long `close` waits for what is under way, unless told otherwise. */
const DRAIN_MS = 10_000

/** What one thread may remember. */
const MEMORY_BYTES = 16 * 1024 * 1024

/** How long it waits then for hooks that clean up behind themselves. */
const CLEAN_UP_MS = 1_000

const PURGE_TARGETS: ReadonlySet<string> = new Set(['surrogateKey', 'url', 'all'])
const PURGE_OPTIONS: ReadonlySet<string> = new Set(['soft'])
const CLOSE_OPTIONS: ReadonlySet<string> = new Set(['drainMs'])

/** A host that can also run whole requests by itself, so that a guest waits for one handle only. */
export interface PlacingHost extends LendingHost {
  /** Whether requests with these options may run over there: hooks may not. Throws `SendError` for an unknown backend. */
  canPlace(options: RequestOptions): boolean
  /** Runs the request over there; ready when it is answered. */
  place(options: RequestOptions): Handle
  /** The answer of a ready placement, which is closed by this. Throws the request's failure. */
  placed(handle: Handle): Placed
  /** Closes the handle of an ended background fetch. Throws what it failed with. */
  revalidated(handle: Handle): void
}

/** @internal */
export interface CacheParts<S> {
  readonly host: LendingHost | PlacingHost
  readonly policy: Policy
  readonly clock: Clock
  readonly id: string
  readonly stats: (cache: GuestStats) => S
  /** Ends the host, or this thread's part in it. */
  readonly shutDown: () => Promise<void>
}

/** What one thread's cache counts itself. */
export interface GuestStats {
  /** Requests made through it, and those without an answer yet. */
  readonly requests: { readonly started: number; readonly pending: number }
  readonly revalidations: ReturnType<Revalidations['stats']>
}

/** What the host counts, and this thread's cache. */
export type Stats = HostStats & GuestStats

export class Cache<S = Stats> implements AsyncDisposable {
  readonly #parts: CacheParts<S>
  readonly #scheduler: Scheduler
  readonly #revalidations: Revalidations
  readonly #memory: Memory
  readonly #invariants = checksItself()
  #state: 'open' | 'closing' = 'open'
  #started = 0
  #pending = 0
  #closed: Promise<void> | undefined

  /** @internal Use `openCache` or `connect`. */
  constructor(parts: CacheParts<S>) {
    this.#parts = parts
    this.#scheduler = new CacheScheduler(parts.host)
    this.#revalidations = new Revalidations(this.#scheduler, parts.clock)
    this.#memory = new Memory({ host: parts.host, clock: parts.clock, maxBytes: MEMORY_BYTES })
  }

  /**
   * Begins a request. Where it may come from the cache, nothing is sent before it is driven; otherwise it is sent at once.
   *
   * @throws InvalidArgumentError for a URL, header or option that cannot be meant; ClosedError; SendError for an unknown
   * backend
   * @example
   * const pending = cache.send('http://localhost:8080/')
   * const response = pending.wait()      // or: await pending, yield* pending, pending.poll()
   */
  send(input: RequestInput, init?: SendInit): PendingRequest {
    const options = requestOptions(input, init)
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const pending = this.forward(options)
    if (signal) endOnAbort(pending, signal)
    return pending
  }

  /** @internal Begins a request whose head has been checked already, and goes on octet for octet as it came. */
  forward(options: RequestOptions): PendingRequest {
    if (this.#state !== 'open') throw new ClosedError('the cache')
    const ops = new HeaderOps()
    const interim = new Interim()
    const key = memoryKey(options, this.#parts.policy)
    const answer = key === undefined ? undefined : this.#memory.recall(key)
    const course =
      answer === undefined
        ? this.#course({ ...options, onInterim: interim.tell }, ops, key)
        : this.#recollection(answer, options, ops)
    const pending = new PendingRequest(this.#scheduler, course, { ops, interim })
    this.#started++
    return pending
  }

  /** @internal What `recall` knows a request by, the same for the same; `undefined` for one that is decided anew each time. */
  recallKey(options: RequestOptions): string | undefined {
    return memoryKey(options, this.#parts.policy)
  }

  /** @internal The answer that `forward` would come to at once, because it is remembered: a hit, with nothing left to drive or edit. */
  recall(key: string, { request }: RequestOptions): WholeAnswer | undefined {
    if (this.#state !== 'open') throw new ClosedError('the cache')
    const answer = this.#memory.recall(key)
    if (answer === undefined) return undefined
    this.#started++
    const trace = traceStart(request)
    if (trace) traceAnswer(trace, answer)
    const { policy, id } = this.#parts
    return { head: finalizeRecalled(answer, { request, policy, id }), body: answer.body }
  }

  /**
   * `fetch`, from the cache where it may be. Rejects as `fetch` does for an aborted signal, with `SendError` where no answer
   * came. Bound to its cache, so that it can be handed to whoever takes a `fetch`.
   *
   * @example
   * const api = ky.create({ fetch: cache.fetch })
   */
  readonly fetch = (input: RequestInput, init?: FetchInit): Promise<Response> => {
    return fetchThrough((request, options) => this.send(request, options), input, init)
  }

  /** Blocks until the first has its answer; see `Scheduler.select`. */
  select(pendings: readonly PendingRequest[], options?: WaitOptions): Selected<HttpResponse, PendingRequest> {
    return this.#scheduler.select<HttpResponse, PendingRequest>(pendings, options)
  }

  /** All answers as they come, on the event loop. */
  asCompleted(pendings: Iterable<PendingRequest>): AsyncGenerator<Settled<HttpResponse>, void> {
    return this.#scheduler.asCompleted(pendings)
  }

  /** All answers as they come, blocking in between. */
  completed(pendings: Iterable<PendingRequest>): Generator<Settled<HttpResponse>, void> {
    return this.#scheduler.completed(pendings)
  }

  /**
   * Removes stored responses, or softly ends their freshness, by surrogate key, by URL, or all of them (semantics 12). The
   * number of objects and marks it hit. After it is done, no lookup finds them.
   *
   * @throws InvalidArgumentError, for everything softly too; ClosedError
   */
  purge(target: PurgeTarget, options: { soft?: boolean } = {}): Pending<number> {
    if (this.#state !== 'open') throw new ClosedError('the cache')
    checkPurge(target, options)
    const { soft = false } = options
    const { host } = this.#parts
    const handle = host.purge(target, { soft })
    return this.#scheduler.spawn(function* purge() {
      yield* ready(handle)
      return host.purged(handle)
    })
  }

  /**
   * What would become of this request now, and by which rule, step by step. Nothing is sent, nothing is counted.
   *
   * @example
   * console.log(String(cache.explain('http://localhost:8080/').wait()))
   */
  explain(input: RequestInput, init?: SendInit): Pending<Explanation> {
    return this.foretell(requestOptions(input, init))
  }

  /** @internal As `explain`, for a head that `forward` would take. */
  foretell(options: RequestOptions): Pending<Explanation> {
    if (this.#state !== 'open') throw new ClosedError('the cache')
    const { host, policy } = this.#parts
    if (goesPast(options, policy)) return this.#scheduler.spawn(constantly(explain(options, policy, undefined)))
    const handle = host.foresee(options.request, { key: options.key })
    return this.#scheduler.spawn(function* explanation() {
      yield* ready(handle)
      return explain(options, policy, host.foreseen(handle))
    })
  }

  stats(): S {
    const requests = { started: this.#started, pending: this.#pending }
    return this.#parts.stats({ requests, revalidations: this.#revalidations.stats() })
  }

  /**
   * Takes no new requests, waits for background work for `drainMs` at most, and ends the rest. Harmless when repeated.
   *
   * @throws InvalidArgumentError
   */
  close(options: { drainMs?: number } = {}): Promise<void> {
    checkOptions(options, CLOSE_OPTIONS)
    const { drainMs = DRAIN_MS } = options
    checkMs('drainMs', drainMs)
    this.#state = 'closing'
    this.#closed ??= this.#close(drainMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(drainMs: number): Promise<void> {
    await this.#revalidations.drain(drainMs)
    await this.#cancelEverybody()
    await this.#parts.shutDown()
    this.#memory.clear()
  }

  /** A hook may clean up behind itself, but not for ever. */
  async #cancelEverybody(): Promise<void> {
    let stopTimer = () => {}
    const patience = new Promise<void>((resolve) => {
      stopTimer = this.#parts.clock.setTimer(CLEAN_UP_MS, resolve)
    })
    await Promise.race([this.#scheduler[Symbol.asyncDispose](), patience])
    stopTimer()
  }

  #recollection(answer: RecalledAnswer, options: RequestOptions, ops: HeaderOps): Course {
    return new Recollection(options.request.url, this.#scheduler.movable, () => {
      const trace = traceStart(options.request)
      if (trace) traceAnswer(trace, answer)
      return this.#response(answer, options, ops)
    })
  }

  #course(options: RequestOptions, ops: HeaderOps, key: string | undefined): Course {
    const { host } = this.#parts
    if ('canPlace' in host && host.canPlace(options)) return this.#placed(host, options, ops, key)
    const { policy } = this.#parts
    const context = RequestContext.begin(
      {
        host,
        policy,
        scheduler: this.#scheduler,
        revalidations: this.#revalidations,
        invariants: this.#invariants,
      },
      options,
    )
    return {
      name: nameOf(options),
      run: () => this.#answered(options, ops, key, pendingRequest(context)),
      giveUp: () => context.end(),
      firstHandle: context.entry ?? context.send ?? this.#scheduler.movable,
      directHandle: () => (context.phase === 'direct' ? context.send : undefined),
      hasLeftCache: () => context.hasLeftCache,
      leads: () => context.leads,
      refuseOwnHook: () => refuseOwnHook(context),
    }
  }

  /** What goes past the cache is sent at once, as everywhere; the rest when it is first driven. */
  #placed(host: PlacingHost, options: RequestOptions, ops: HeaderOps, key: string | undefined): Course {
    let path: 'through-cache' | 'left-cache' | 'past-cache' = 'through-cache'
    const onLeaveCache = () => {
      path = 'left-cache'
    }
    if (goesPast(options, this.#parts.policy)) path = 'past-cache'
    else refuseSelfCollapse(options)
    let handle = path === 'past-cache' && !isStream(options.body) ? host.place(options) : undefined
    const spawn = (operation: () => Operation<void>) => this.#scheduler.spawn(operation)
    return {
      name: nameOf(options),
      run: () =>
        this.#answered(options, ops, key, {
          *[Symbol.iterator]() {
            const body = isStream(options.body) ? yield* promised(wholeBody(options)) : options.body
            handle ??= host.place({ ...options, body, onLeaveCache })
            return yield* placement(host, handle, spawn)
          },
        }),
      giveUp: () => {
        if (handle !== undefined) host.close(handle)
      },
      firstHandle: handle ?? this.#scheduler.movable,
      directHandle: () => (path === 'through-cache' ? undefined : handle),
      hasLeftCache: () => path === 'left-cache',
      leads: () => false,
    }
  }

  *#answered(
    options: RequestOptions,
    ops: HeaderOps,
    key: string | undefined,
    course: Operation<Answer>,
  ): Operation<HttpResponse> {
    const trace = traceStart(options.request)
    this.#pending++
    try {
      const answer = yield* course
      if (trace) traceAnswer(trace, answer)
      if (key !== undefined) this.#memory.keep(key, answer)
      return this.#response(answer, options, ops)
    } catch (failure) {
      if (trace) traceFailure(trace, failure)
      throw failure
    } finally {
      this.#pending--
    }
  }

  #response(answer: Answer | RecalledAnswer, options: RequestOptions, ops: HeaderOps): HttpResponse {
    const { host, policy, id } = this.#parts
    const { request, backend } = options
    ops.seal()
    const head = () => finalize(answer, { request, policy, ops, id })
    return new HttpResponse({ head, answer, request, backend, host, scheduler: this.#scheduler })
  }
}

function* placement(
  host: PlacingHost,
  handle: Handle,
  spawn: (operation: () => Operation<void>) => Pending<void>,
): Operation<Answer> {
  let state: 'waiting' | 'answered' = 'waiting'
  try {
    yield* ready(handle)
    state = 'answered'
    const { answer, revalidated } = host.placed(handle)
    if (revalidated === undefined) return answer
    const revalidation = spawn(function* revalidation() {
      yield* ready(revalidated)
      host.revalidated(revalidated)
    })
    return { ...answer, revalidation }
  } finally {
    if (state === 'waiting') host.close(handle)
  }
}

/** Whoever reads a body after its cache was closed never held a scheduler. */
class CacheScheduler extends Scheduler {
  protected override get title(): string {
    return 'the cache'
  }
}

function nameOf({ request: { method, url } }: RequestOptions): string {
  return `${method} ${url}`
}

function constantly<T>(value: T): () => Operation<T> {
  return function* known() {
    return value
  }
}

function isStream(body: RequestBody | undefined): body is AsyncIterable<Uint8Array> {
  return body !== undefined && !(body instanceof Uint8Array)
}

async function wholeBody({ request, backend, body }: RequestOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (cause) {
    throw new SendError('IoError', { backend: backend ?? new URL(request.url).origin, request, cause })
  }
}

function checkPurge(target: object, options: { soft?: unknown }): void {
  checkOptions(target, PURGE_TARGETS)
  checkOptions(options, PURGE_OPTIONS)
  const { soft = false } = options as { soft?: unknown }
  const { surrogateKey, url, all } = target as { surrogateKey?: unknown; url?: unknown; all?: unknown }
  if (typeof soft !== 'boolean') throw new InvalidArgumentError('soft is true or false')
  if (Object.keys(target).length !== 1 || ('all' in target && all !== true))
    throw new InvalidArgumentError('a purge has one of surrogateKey, url and all: true')
  if ('all' in target && soft) throw new InvalidArgumentError('a purge of everything cannot be soft')
  if ('surrogateKey' in target && !isSurrogateKey(surrogateKey))
    throw new InvalidArgumentError(`not a surrogate key: ${JSON.stringify(surrogateKey)}`)
  if ('url' in target && !(typeof url === 'string' && URL.canParse(url)))
    throw new InvalidArgumentError(`not an absolute URL: ${String(url)}`)
}
