/** The state of one pending request, from its first step to its answer: what it holds, and where it is. */

import type { Operation } from 'effection'
import { nothingToUndo, type Undo } from '../base/undo.js'
import { MUST_INSERT_OR_UPDATE, USABLE } from '../cache/outcome.js'
import { demandedBy } from '../http/directives.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { variantOf } from '../http/vary.js'
import type { Handle } from '../scheduler/index.js'
import { hooksOnPass, isForCacheOnly, leavesCache } from './bypass.js'
import type { HookOwner, InAsyncContext, OwnerRef } from './hook-calls.js'
import type { HookCaller } from './hooks.js'
import type { Host, HostSendOptions, LookupReport } from './host.js'
import type { Phase } from './phase.js'
import { RequestInvariants } from './request-invariants.js'
import { backendNameOf, type RequestOptions } from './request-options.js'
import { isSendError, SendError, type SendErrorCode } from './send-error.js'
import type { Requester, Surroundings } from './surroundings.js'

/** What a context starts with: at the first step of a request, or when a background fetch takes over from its request. */
interface Start extends Pick<RequestContext, 'phase' | 'entry' | 'madeBy' | 'inAsyncContext'> {
  readonly send?: Handle | undefined
  readonly requester?: Requester | undefined
}

/** What a request holds, and its phase (semantics 2.1). */
export class RequestContext implements HookCaller {
  readonly surroundings: Surroundings
  readonly options: RequestOptions
  #phase: Phase
  #invariants: RequestInvariants | undefined
  readonly #requester: Requester | undefined
  /** Cleared when the request ends. Otherwise a hook that starts a new request each time one ends would build an endless chain. */
  madeBy: HookOwner | undefined
  readonly inAsyncContext: InAsyncContext
  /** Made for the first hook: most requests call none. */
  #ref: OwnerRef | undefined
  /** The cache entry, while this request has to close it (invariant 2.9-7). */
  entry: Handle | undefined
  /** The send under way, while this request has to close it. */
  send: Handle | undefined
  #goesPastCache: boolean
  /** The lookup's report, kept when the request leaves the cache and closes its entry. */
  #report: LookupReport | undefined

  /** Takes over what the first step (`begin`) opened. `invariants` continue those of the request that hands over. */
  constructor(
    surroundings: Surroundings,
    options: RequestOptions,
    start: Start,
    invariants = surroundings.invariants ? new RequestInvariants(start.phase) : undefined,
  ) {
    this.surroundings = surroundings
    this.options = options
    this.#phase = start.phase
    this.#goesPastCache = start.phase === 'direct'
    this.#invariants = invariants
    this.#requester = start.requester
    this.madeBy = start.madeBy
    this.inAsyncContext = start.inAsyncContext
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

  /** What belongs to the lookup, for code that needs the entry. Throws if the entry has been given away: that is a bug. */
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

  /** Whether the request leaves the cache although its lookup lets it lead (`bypass.ts`). */
  get leavesCache(): boolean {
    const { policy, options, report } = this
    return report !== undefined && leavesCache(options, report, policy)
  }

  get ref(): OwnerRef {
    this.#ref ??= { owner: this }
    return this.#ref
  }

  get key(): string {
    const { key, request } = this.options
    return key ?? cacheKey(request.url)
  }

  entryAt(host: Host): Handle | undefined {
    return host === this.host ? this.entry : undefined
  }

  /** Whether the request is a leader whose fetch has been sent: the cache and its waiters get that answer too. */
  get leads(): boolean {
    return this.phase === 'await-backend'
  }

  /** Whether the request goes past the cache: from the start, or because the lookup sent it there (A10). */
  get goesPastCache(): boolean {
    return this.#goesPastCache
  }

  /** Whether this request holds the obligation for the variant that `request` asks for, and no stale object can serve `request`. */
  wouldBlock(request: RequestHead): boolean {
    if (this.entry === undefined) return false
    const state = this.host.state(this.entry)
    if ((state & MUST_INSERT_OR_UPDATE) === 0 || (state & USABLE) !== 0) return false
    const { variedBy, forward } = this.host.report(this.entry)
    if (forward === 'stale' && demandedBy(request, this.policy).has('max-stale')) return false
    if (variedBy === undefined) return true
    return variantOf(variedBy, request, this.policy) === variantOf(variedBy, this.options.request, this.policy)
  }

  /** The closure is made only for a send: most followers never send. */
  get onInterim(): HostSendOptions['onInterim'] {
    const requester = this.#requester
    return requester && ((head) => requester.interim(head))
  }

  /** The backend's name in errors. */
  get backendName(): string {
    return backendNameOf(this.options)
  }

  /** Leaves the cache and sends the original request, with its body, conditionals and ranges, and without hooks (A10). */
  goDirect(): void {
    this.#report = this.report
    this.#leave()
    this.#enter('direct')
    this.#goesPastCache = true
    this.#requester?.leftCache()
    if (!hooksOnPass(this.options, this.policy)) this.sendPast(this.options.request)
  }

  /** Sends `request` past the cache: the caller's own, or what `beforeSend` made of it. */
  sendPast(request: RequestHead): Handle {
    const { backend, body, key, request: own } = this.options
    const asked = request === own ? undefined : own
    const send = this.host.send(request, { backend, body, asked, key, onInterim: this.onInterim })
    this.sends(send)
    return send
  }

  /** Records the one send that this request makes, and has to close from now on. */
  sends(send: Handle): void {
    this.send = send
    this.#invariants?.does('sent')
  }

  /** Records the second send, made when the first answer does not match what is stored. */
  sendsAgain(send: Handle): void {
    this.send = send
    this.#invariants?.does('sent-again')
  }

  /** Records the send of a leader, which is to fulfil its obligation. */
  fetches(send: Handle): void {
    this.sends(send)
    this.#enter('await-backend')
  }

  /** Takes the answer of the send, which closes the send. Throws the failure of the send. */
  receives(send: Handle): { readonly head: ResponseHead; readonly body: Handle } {
    this.send = undefined
    this.#invariants?.receives()
    return this.host.receive(send)
  }

  /** Records that a hook is about to be called. */
  calls(hook: 'before-send' | 'after-send'): void {
    this.#invariants?.does(hook)
  }

  /** See `HookCaller`. `passOn` is called with the host's failure before the coroutine fails with it. */
  failOnHostLoss(passOn?: (failure: unknown) => void): Undo {
    const { engine, onLost } = this.surroundings
    const { running } = engine
    const end = (failure: unknown) => {
      passOn?.(failure)
      running?.fail(failure)
    }
    return onLost?.(end) ?? nothingToUndo
  }

  /**
   * Ends the coroutine here if its request is cancelled. A hook may have cancelled its own request, and a hook that yields in its
   * `finally` block swallows the cancellation.
   */
  unlessCancelled(): Operation<void> {
    return this.surroundings.engine.checkpoint()
  }

  /** Whether the request was cancelled: nobody would read its answer, or close the answer's body. */
  get isCancelled(): boolean {
    return this.surroundings.engine.mustUnwind
  }

  /** Gives the obligation back after the fetch has failed. Followers share the failure, but not a hook's: they have others, or none. */
  abandonAfter(failure: unknown): void {
    // The entry is closed already after a hook that was cancelled, and has failed while it cleaned up.
    if (this.entry === undefined) return
    const isHooks = isSendError(failure) && failure.code === 'Custom'
    this.host.abandon(this.entry, isHooks ? { because: 'failed-alone' } : { because: 'failed', error: failure })
  }

  /** Moves everything this context holds into a new one, for work that continues after the answer. */
  handOver(): RequestContext {
    const { phase, entry, send, madeBy, inAsyncContext } = this
    const invariants = this.#invariants
    this.#invariants = undefined
    this.entry = undefined
    this.send = undefined
    return new RequestContext(
      this.surroundings,
      this.options,
      { phase, entry, send, madeBy, inAsyncContext },
      invariants,
    )
  }

  /** Runs work that outlives the request, as a child of the cache. Any driver of the cache's coroutines drives it too. */
  spawn(operation: () => Operation<void>): void {
    this.surroundings.revalidations.spawn(operation)
  }

  /** The error for a failed hook, even where the hook failed with a `SendError`: that one is about another request. */
  hookFailed(failure: unknown): SendError {
    return this.sendError('Custom', failure)
  }

  sendError(code: SendErrorCode, cause?: unknown): SendError {
    return new SendError(code, { backend: this.backendName, request: this.options.request, cause })
  }

  /** Closes what this request still holds: the send, and the entry with its obligation or its place in the queue. May be repeated. */
  end(): void {
    const { send } = this
    this.send = undefined
    this.madeBy = undefined
    if (this.#ref !== undefined) this.#ref.owner = undefined
    this.#enter('done')
    if (send !== undefined) this.host.close(send)
    this.#leave()
  }

  #enter(phase: Phase): void {
    this.#invariants?.enters(phase)
    this.#phase = phase
  }

  #leave(): void {
    const { entry } = this
    this.entry = undefined
    if (entry !== undefined) this.host.close(entry)
  }
}
