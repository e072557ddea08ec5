/** The drivers of coroutines: each asks for their steps in its own way, and blocks for no longer than it is told. */

import { channel } from 'node:diagnostics_channel'
import type { Operation, Scope } from 'effection'
import { systemClock } from '../base/clock.js'
import { BadHandleError, ClosedError, InvalidArgumentError, TimeoutError } from '../base/errors.js'
import { checkMs, checkOptions } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import { asCompleted, completed, select } from './batch.js'
import { Coroutine } from './coroutine.js'
import { EventLoop } from './event-loop.js'
import { onceFinished, onceReady } from './outsiders.js'
import type { Pending, Selected, Settled, WaitOptions } from './pending.js'
import { Reactor } from './reactor.js'
import { checkReadiness, type Handle, type Reaction, type Readiness } from './readiness.js'
import { Stepper } from './stepper.js'
import { checkScope, ended, Structure } from './structure.js'
import { type Wait, WouldDeadlockError } from './wait-graph.js'

/** Where a scheduler lives. */
export interface SchedulerOptions {
  /** The Effection scope it lives in: when that ends, everything here is cancelled. The global scope by default. */
  scope?: Scope
}

/** Tells every scheduler that is made, to whoever wants to know what the coroutines of a process wait for. */
const schedulers = channel('tidewait:scheduler')

const OPTIONS: ReadonlySet<string> = new Set(['scope'])
const WAIT_OPTIONS: ReadonlySet<string> = new Set(['timeoutMs'])

type AnyCoroutine = Coroutine<unknown>

/**
 * How many rounds in a row, in which nobody comes and nobody ends, `poll` looks on: coroutines that wake each other for
 * ever must not keep it from coming back.
 */
const PATIENCE = 1_000

/**
 * Coroutines over one source of readiness, in one Effection scope.
 *
 * @example
 * const readiness = new ManualReadiness()
 * const scheduler = new Scheduler(readiness)
 * const handle = readiness.open()
 * const pending = scheduler.spawn(function* () {
 *   yield* ready(handle)
 *   return 'tide is in'
 * })
 * pending.poll()          // { ready: false }
 * readiness.settle(handle)
 * pending.poll()          // { ready: true, value: 'tide is in' }
 */
export class Scheduler implements AsyncDisposable {
  readonly #reactor: Reactor
  readonly #stepper: Stepper
  readonly #loop: EventLoop
  readonly #parent: Scope | undefined
  #structure: Structure | undefined
  #state: 'open' | 'closed' = 'open'
  #admitted = 0
  #ended = 0

  /** Over one source of readiness. @throws InvalidArgumentError for what is not a source of readiness, or an unknown option */
  constructor(readiness: Readiness, options: SchedulerOptions = {}) {
    checkReadiness(readiness)
    checkOptions(options, OPTIONS)
    if (options.scope !== undefined) checkScope(options.scope)
    this.#parent = options.scope
    this.#reactor = new Reactor(readiness, () => this.#loop.callLater())
    this.#loop = new EventLoop(this.#reactor, () => this.#turn())
    this.#stepper = new Stepper({
      reactor: this.#reactor,
      errands: () => this.#structured().errands,
      home: this,
      settled: (coroutine) => this.#settled(coroutine),
    })
    if (options.scope !== undefined) this.#structured()
    if (schedulers.hasSubscribers) schedulers.publish(this)
  }

  /** @internal What its users call it, once it is closed. */
  protected get title(): string {
    return 'the scheduler'
  }

  /** Foreign effects of its coroutines run in this scope. It ends with the scheduler. */
  get scope(): Scope {
    return this.#structured().scope
  }

  /**
   * A pending for what `operation` returns. It starts at the first `poll`, `wait`, `then`, or `turn`; whoever waits for
   * another pending of this scheduler starts it too.
   *
   * @throws ClosedError, InvalidArgumentError
   */
  spawn<T>(operation: () => Operation<T>): Pending<T> {
    if (typeof operation !== 'function')
      throw new InvalidArgumentError('spawn takes a function that returns an operation')
    return new Coroutine(this, operation)
  }

  /** Resumes every parked coroutine whose handle is ready, and starts the new ones. Never blocks. How many moved. */
  turn(): number {
    this.#reactor.look()
    return this.#turn()
  }

  /**
   * Blocks until one of `pendings` has finished: the lowest index, if several have. Throws its failure if it failed;
   * the others stay usable either way.
   *
   * @throws InvalidArgumentError for none or more than 16,384 pendings, TimeoutError, WouldDeadlockError
   */
  select<T>(pendings: readonly Pending<T>[], options?: WaitOptions): Selected<T>
  select<T, P extends Pending<T>>(pendings: readonly P[], options?: WaitOptions): Selected<T, P>
  select<T, P extends Pending<T>>(pendings: readonly P[], options: WaitOptions = {}): Selected<T, P> {
    return select<T, P>(this, pendings, options)
  }

  /** All of them as they finish, blocking in between. Leaving the loop early leaves the others as they are. */
  completed<T>(pendings: Iterable<Pending<T>>): Generator<Settled<T>, void> {
    return completed(this, pendings)
  }

  /** All of them as they finish, on the event loop. Leaving the loop early leaves the others as they are. */
  asCompleted<T>(pendings: Iterable<Pending<T>>): AsyncGenerator<Settled<T>, void> {
    return asCompleted(this, pendings)
  }

  /** Whether `handle`, one of the source's or the `waitHandle` of any pending here, is ready. Throws `BadHandleError`. */
  isReady(handle: Handle): boolean {
    if (handle >>> 0 !== handle) throw new BadHandleError(handle)
    return this.#reactor.isReady(this.#reactor.meant(handle))
  }

  /** Who is parked, and on what. */
  waits(): Wait[] {
    return this.#reactor.waits()
  }

  /** Cancels every coroutine, undoes what they waited for, and waits until what they had spawned has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed'
    if (this.#structure === undefined) await Promise.all(this.#cancelEverybody().map(ended))
    await this.#structure?.end()
    this.#reactor.stopWatching()
  }

  // What follows makes it the `Driver` of its coroutines.

  /** @internal What a coroutine that can move, or has finished, waits for, as callers see it. */
  get movable(): Handle {
    return this.#reactor.shown(this.#reactor.movable)
  }

  /** @internal */
  waitHandleOf(coroutine: AnyCoroutine): Handle {
    return this.#reactor.shown(this.#reactor.needOf(coroutine))
  }

  /** @internal */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** @internal */
  admit(coroutine: AnyCoroutine): void {
    if (this.#state === 'closed') throw new ClosedError(this.title)
    this.#admitted++
    this.#reactor.enqueue(coroutine)
  }

  /** @internal */
  get running(): AnyCoroutine | undefined {
    return this.#stepper.running.at(-1)
  }

  /** @internal */
  get ended(): number {
    return this.#ended
  }

  get #live(): number {
    return this.#admitted - this.#ended
  }

  /** @internal */
  advance(coroutine: AnyCoroutine): void {
    if (coroutine.finished) return
    this.#advanceAlone(coroutine)
    if (coroutine.finished) return
    this.#reactor.look()
    let live = this.#live
    for (let idle = 0; idle < PATIENCE && !coroutine.finished && this.#reactor.runnable > 0; idle++) {
      this.#turn()
      if (this.#live !== live) idle = 0
      live = this.#live
    }
  }

  /** @internal */
  drive(coroutine: AnyCoroutine, options: WaitOptions): void {
    if (coroutine.state === 'running') throw new WouldDeadlockError('a coroutine that waits for itself', this.waits())
    this.driveUntil(() => {
      this.advance(coroutine)
      return coroutine.finished
    }, options)
  }

  /** @internal */
  driveUntil(done: () => boolean, options: WaitOptions): void {
    checkOptions(options, WAIT_OPTIONS)
    const { timeoutMs } = options
    if (timeoutMs !== undefined) checkMs('timeoutMs', timeoutMs)
    const deadline = timeoutMs === undefined ? undefined : systemClock.now() + timeoutMs
    while (!done()) {
      const left = deadline === undefined ? undefined : deadline - systemClock.now()
      if (left !== undefined && left <= 0) throw new TimeoutError(timeoutMs as number)
      if (this.#reactor.runnable > 0) this.#turn()
      else if (this.#block(left) === 'never') {
        throw new WouldDeadlockError('what only this thread could bring about', this.waits())
      }
    }
  }

  #block(timeoutMs: number | undefined): Reaction {
    try {
      return this.#reactor.block(timeoutMs)
    } catch (failure) {
      throw failure instanceof WouldDeadlockError ? failure.among(this.waits()) : failure
    }
  }

  /** @internal From now on the event loop steps everybody who can move, though nobody awaits them. */
  keepTurning(): void {
    this.#loop.attach()
  }

  /** @internal Whether the event loop steps whoever can move, for somebody is awaited. */
  get isTurning(): boolean {
    return this.#loop.isTurning
  }

  /** @internal Whether anybody here waits for what only the event loop brings about. */
  get needsEventLoop(): boolean {
    return this.#reactor.needsEventLoop
  }

  /** @internal Lets a new coroutine go as far as it can at once; nobody else moves. */
  start(coroutine: AnyCoroutine): void {
    this.#advanceAlone(coroutine)
  }

  /** @internal */
  attach(coroutine: AnyCoroutine): void {
    this.#advanceAlone(coroutine)
    if (!coroutine.finished) this.attachLater(coroutine)
  }

  /** @internal The same for a new one that need not move at once: those who are moving now come first. */
  attachLater(coroutine: AnyCoroutine): void {
    if (coroutine.particular.attached++ === 0) this.#loop.attach()
    else this.#loop.callLater()
  }

  /** @internal */
  detach(coroutine: AnyCoroutine): void {
    if (!coroutine.finished && --coroutine.particular.attached === 0) this.#loop.detach()
  }

  /** @internal */
  doneHandle(coroutine: AnyCoroutine): Handle {
    coroutine.particular.doneHandle ??= this.#reactor.open(coroutine)
    return coroutine.particular.doneHandle
  }

  /** @internal */
  cancel(coroutine: AnyCoroutine, reason: unknown): void {
    this.#stepper.cancel(coroutine, reason)
    this.#reactor.tidy()
  }

  /** @internal */
  fail(coroutine: AnyCoroutine, failure: unknown): void {
    this.#stepper.fail(coroutine, failure)
    this.#reactor.tidy()
  }

  /** @internal */
  onceReady(handle: Handle, resume: (failure?: unknown) => void): Undo {
    const target = this.#reactor.whoEndsAt(handle)
    return target === undefined ? onceReady(this, handle, resume) : onceFinished(this, target, resume)
  }

  /** @internal */
  describe(handle: Handle): string {
    return this.#reactor.describe(handle)
  }

  /** Moves everybody who could move when it began; who becomes able meanwhile comes next time. */
  #turn(): number {
    let moved = 0
    for (let left = this.#reactor.runnable; left > 0; left--) {
      const coroutine = this.#reactor.dequeue()
      if (coroutine === undefined) break
      this.#stepper.step(coroutine)
      moved++
    }
    this.#loop.callLater()
    return moved
  }

  #advanceAlone(coroutine: AnyCoroutine): void {
    if (coroutine.state === 'parked' && this.#reactor.isReadyOrBad(coroutine.handle)) this.#reactor.unpark(coroutine)
    if (coroutine.state === 'fresh' || coroutine.state === 'queued') this.#stepper.step(coroutine)
    this.#reactor.tidy()
  }

  #settled(coroutine: AnyCoroutine): void {
    this.#ended++
    if (coroutine.particulars && coroutine.particulars.attached > 0) this.#loop.detach()
  }

  #cancelEverybody(): AnyCoroutine[] {
    this.#state = 'closed'
    const left = [...this.#stepper.running, ...this.#reactor.everybody()]
    for (const coroutine of left) coroutine.cancel(new ClosedError(this.title))
    return left
  }

  /** Made when it is first needed: a scheduler whose coroutines yield only readiness costs Effection nothing. */
  #structured(): Structure {
    this.#structure ??= new Structure(this.#parent, this, {
      cancelEverybody: () => this.#cancelEverybody(),
      stopWatching: () => this.#reactor.stopWatching(),
    })
    return this.#structure
  }
}
