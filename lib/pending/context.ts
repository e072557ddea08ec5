/** Everything one pending request carries from its birth to its answer. */

import type { Operation } from 'effection'
import { originalOf } from '../base/errors.js'
import { nothingToUndo, type Undo } from '../base/undo.js'
import type { AbandonReason } from '../cache/obligation.js'
import { MUST_INSERT_OR_UPDATE, USABLE } from '../cache/outcome.js'
import { demandedBy } from '../http/directives.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { variantOf } from '../http/vary.js'
import type { Handle } from '../scheduler/index.js'
import type { Engine } from '../scheduler/internal.js'
import { Conduct } from './conduct.js'
import type { HookOwner, Within } from './hook-calls.js'
import type { HookCaller } from './hooks.js'
import type { Host, HostSendOptions, LookupReport } from './host.js'
import type { Phase } from './phase.js'
import { backendNameOf, type RequestOptions } from './request-options.js'
import type { Revalidations } from './revalidations.js'
import { isSendError, SendError } from './send-error.js'
import { hooksOnPass, isForCacheOnly, leavesCache } from './way.js'

/** Whoever made a request, where it wants to know more than the answer. */
export interface Requester {
  /** The lookup has sent it past the cache (A10); its answer or failure is still to come. */
  leftCache(): void
  /** A 1xx head of its own fetch; who waits for another's, or is served, hears of none. */
  interim(head: ResponseHead): void
  /** The entry whose hook asks, where that runs in another thread. */
  readonly madeBy?: Handle | undefined
}

/** What a request uses of the cache it belongs to. */
export interface Surroundings {
  readonly host: Host
  readonly policy: Policy
  readonly engine: Engine
  readonly revalidations: Revalidations
  /** Calls `listener` when the host is gone, at once if it is: for a host that may end before this thread. */
  readonly onLost?: (listener: (failure: unknown) => void) => Undo
  /** Whether each request is watched for what it must not do (semantics 2.9). */
  readonly invariants?: boolean
}

/** What a request begins with, or goes on with behind its answer. */
interface Start extends Pick<RequestContext, 'phase' | 'entry' | 'madeBy' | 'within'> {
  readonly send?: Handle | undefined
  readonly requester?: Requester | undefined
}

/** What a request holds, and where it is (semantics 2.1). */
export class RequestContext implements HookCaller {
  readonly surroundings: Surroundings
  readonly options: RequestOptions
  #phase: Phase
  #conduct: Conduct | undefined
  readonly #requester: Requester | undefined
  /** Until it ends, so that a hook that begins the next request whenever one ends leaves no chain of them. */
  madeBy: HookOwner | undefined
  readonly within: Within
  /** The cache entry, as long as it is this request's to end (invariant 2.9-7). */
  entry: Handle | undefined
  /** The send under way, as long as it is this request's to end. */
  send: Handle | undefined
  #hasLeftCache = false
  /** What the lookup said, once it has been left. */
  #report: LookupReport | undefined

  /** As it is after its first step (`begin`). */
  constructor(
    surroundings: Surroundings,
    options: RequestOptions,
    start: Start,
    conduct = surroundings.invariants ? new Conduct(start.phase) : undefined,
  ) {
    this.surroundings = surroundings
    this.options = options
    this.#phase = start.phase
    this.#conduct = conduct
    this.#requester = start.requester
    this.madeBy = start.madeBy
    this.within = start.within
    this.entry = start.entry
    this.send = start.send
  }

  get phase(): Phase {
    return this.#phase
  }

  get host(): Host {
    return this.surroundings.host
  }

  get policy(): Policy {
    return this.surroundings.policy
  }

  /** For those who need the entry, which is there until it is given away. Throws where it is not: that is a bug. */
  get lookup(): {
    readonly host: Host
    readonly policy: Policy
    readonly entry: Handle
    readonly options: RequestOptions
  } {
    const { host, policy, entry, options } = this
    if (entry === undefined) throw new Error('this request has no cache entry')
    return { host, policy, entry, options }
  }

  get report(): LookupReport | undefined {
    return this.#report ?? (this.entry === undefined ? undefined : this.host.report(this.entry))
  }

  get onlyIfCached(): boolean {
    return isForCacheOnly(this.options.request, this.policy)
  }

  /** Whether it leaves the cache although it is to lead. */
  get leavesCache(): boolean {
    const { policy, options, report } = this
    return report !== undefined && leavesCache(options, report, policy)
  }

  get key(): string {
    const { key, request } = this.options
    return key ?? cacheKey(request.url)
  }

  entryAt(host: Host): Handle | undefined {
    return host === this.host ? this.entry : undefined
  }

  /** Whether it has sent a fetch whose answer the cache, and whoever waits there, gets too. */
  get leads(): boolean {
    return this.phase === 'await-backend'
  }

  /** Whether the lookup sent it past the cache (A10). */
  get hasLeftCache(): boolean {
    return this.#hasLeftCache
  }

  /** Whether it has an obligation for the same variant, and nothing stale to give meanwhile. */
  holdsUp(request: RequestHead): boolean {
    if (this.entry === undefined) return false
    const state = this.host.state(this.entry)
    if ((state & MUST_INSERT_OR_UPDATE) === 0 || (state & USABLE) !== 0) return false
    const { variedBy, forward } = this.host.report(this.entry)
    if (forward === 'stale' && demandedBy(request, this.policy).has('max-stale')) return false
    if (variedBy === undefined) return true
    return variantOf(variedBy, request, this.policy) === variantOf(variedBy, this.options.request, this.policy)
  }

  /** Made for who sends: most of those who wait never do. */
  get onInterim(): HostSendOptions['onInterim'] {
    const requester = this.#requester
    return requester && ((head) => requester.interim(head))
  }

  /** What errors call the backend. */
  get backendName(): string {
    return backendNameOf(this.options)
  }

  /** Leaves the cache: the original request with its body, its own conditionals and ranges, and no hooks (A10). */
  goDirect(): void {
    this.#report = this.report
    this.#leave()
    this.#enter('direct')
    this.#hasLeftCache = true
    this.#requester?.leftCache()
    if (!hooksOnPass(this.options, this.policy)) this.sendPast(this.options.request)
  }

  /** Sends what its caller has asked for, or what a hook has made of it, past the cache. */
  sendPast(request: RequestHead): Handle {
    const { backend, body, key, request: own } = this.options
    const asked = request === own ? undefined : own
    const send = this.host.send(request, { backend, body, asked, key, onInterim: this.onInterim })
    this.sends(send)
    return send
  }

  /** The one send it makes, its own to end from here on. */
  sends(send: Handle): void {
    this.send = send
    this.#conduct?.does('sent')
  }

  /** Once more, where what came does not fit to what is stored. */
  sendsAgain(send: Handle): void {
    this.send = send
    this.#conduct?.does('sent-again')
  }

  /** `sends`, as the leader whose obligation that fulfils. */
  fetches(send: Handle): void {
    this.sends(send)
    this.#enter('await-backend')
  }

  /** The answer of the send, which is ended by that. Throws its failure. */
  receives(send: Handle): { readonly head: ResponseHead; readonly body: Handle } {
    this.send = undefined
    this.#conduct?.receives()
    return this.host.receive(send)
  }

  /** A hook is about to be called. */
  calls(hook: 'before-send' | 'after-send'): void {
    this.#conduct?.does(hook)
  }

  /** See `HookCaller`. `passOn` is told first what ended the host. */
  endsWithHost(passOn?: (failure: unknown) => void): Undo {
    const { engine, onLost } = this.surroundings
    const { running } = engine
    const end = (failure: unknown) => {
      passOn?.(failure)
      running?.fail(failure)
    }
    return onLost?.(end) ?? nothingToUndo
  }

  /** Goes no further if the hook that was just called has cancelled its own request, or had to clean up behind one that was. */
  unlessCancelled(): Operation<void> {
    return this.surroundings.engine.checkpoint()
  }

  /** Whether it was cancelled, and nobody would read or close its answer. */
  get isCancelled(): boolean {
    return this.surroundings.engine.isBroughtDown
  }

  /** Gives the obligation back, and says why. */
  abandon(reason: AbandonReason): void {
    this.host.abandon(this.lookup.entry, reason)
  }

  /** A context of its own for what goes on after the answer; this one no longer holds anything. */
  handOver(): RequestContext {
    const { phase, entry, send, madeBy, within } = this
    const conduct = this.#conduct
    this.#conduct = undefined
    this.entry = undefined
    this.send = undefined
    return new RequestContext(this.surroundings, this.options, { phase, entry, send, madeBy, within }, conduct)
  }

  /** Work that outlives the request: a child of the cache, driven whenever anything is. */
  spawn(operation: () => Operation<void>): void {
    this.surroundings.revalidations.keep(operation)
  }

  /** `failure` as the error that callers get: of a send, or of their own code. */
  sendError(failure: unknown): SendError {
    const original = originalOf(failure)
    return isSendError(original) ? original : this.hookFailed(failure)
  }

  /** Whatever a hook failed with, be it a send of its own: it says nothing of this request's. */
  hookFailed(failure: unknown): SendError {
    return new SendError('Custom', { backend: this.backendName, request: this.options.request, cause: failure })
  }

  /** Ends what is still this request's: obligation, place in the queue, send. */
  end(): void {
    const { send } = this
    this.send = undefined
    this.madeBy = undefined
    this.#enter('done')
    if (send !== undefined) this.host.close(send)
    this.#leave()
  }

  #enter(phase: Phase): void {
    this.#conduct?.enters(phase)
    this.#phase = phase
  }

  #leave(): void {
    const { entry } = this
    this.entry = undefined
    if (entry !== undefined) this.host.close(entry)
  }
}
