/** The drivers of coroutines: each has them stepped in its own way, and blocks for no longer than its caller allows. */

import type { Operation, Scope } from 'effection'
import { systemClock } from '../base/clock.js'
import { BadHandleError, ClosedError, TimeoutError } from '../base/errors.js'
import { checkMs, checkOptions } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import { Coroutine, type Driver } from './coroutine.js'
import { hasEnded } from './coroutine-state.js'
import { EventLoop } from './event-loop.js'
import { onceFinished, onceReady } from './external-waits.js'
import { hasRoom } from './nesting.js'
import type { Pending, WaitOptions } from './pending.js'
import { Reactor } from './reactor.js'
import type { Handle, Reaction, Readiness } from './readiness.js'
import { Ready } from './ready.js'
import type { Closable } from './scheduler-scope.js'
import { Stepper } from './stepper.js'
import { unwind } from './unwind.js'
import { type Wait, WouldDeadlockError } from './wait-graph.js'

/** What an engine asks of the scheduler that it drives. */
export interface EngineParts {
  readonly readiness: Readiness
  /** Names the scheduler in a `ClosedError`. */
  readonly title: () => string
  /** The Effection scope in which foreign effects are performed. */
  readonly effectScope: () => Scope
}

const WAIT_OPTIONS: ReadonlySet<string> = new Set(['timeoutMs'])

type AnyCoroutine = Coroutine<unknown>

/**
 * How many turns in a row `poll` takes in which the number of unfinished coroutines stays the same. Without a bound,
 * coroutines that wake each other for ever would keep it from returning.
 */
const PATIENCE = 1_000

export class Engine implements Driver, Closable {
  readonly #reactor: Reactor
  readonly #stepper: Stepper
  readonly #loop: EventLoop
  readonly #title: () => string
  #state: 'open' | 'closed' = 'open'
  #admitted = 0
  #ended = 0

  constructor({ readiness, title, effectScope }: EngineParts) {
    this.#title = title
    this.#reactor = new Reactor(readiness, () => this.#loop.callLater())
    this.#loop = new EventLoop(this.#reactor, () => this.#turn())
    this.#stepper = new Stepper({
      reactor: this.#reactor,
      effectScope,
      parking: this,
      settled: (coroutine) => this.#settled(coroutine),
    })
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** The innermost coroutine on the stack. */
  get running(): AnyCoroutine | undefined {
    return this.#stepper.running.at(-1)
  }

  get ended(): number {
    return this.#ended
  }

  get #live(): number {
    return this.#admitted - this.#ended
  }

  /** Whether the event loop steps the coroutines that can move, because at least one is awaited. */
  get isTurning(): boolean {
    return this.#loop.isTurning
  }

  /** Whether a coroutine waits for something that only the event loop can bring about. */
  get needsEventLoop(): boolean {
    return this.#reactor.needsEventLoop
  }

  spawn<T>(operation: () => Operation<T>): Pending<T> {
    return new Coroutine(this, operation)
  }

  admit(coroutine: AnyCoroutine): void {
    if (this.#state === 'closed') throw new ClosedError(this.#title())
    this.#admitted++
    this.#reactor.enqueue(coroutine)
    this.#loop.callLater()
  }

  /** Steps `coroutine` now, and no other, if it can move. A preempted one waits for its turn. */
  start(coroutine: AnyCoroutine): void {
    if (coroutine.state === 'parked' && this.#reactor.isReadyOrBad(coroutine.handle)) this.#reactor.unpark(coroutine)
    if (coroutine.state === 'fresh' || coroutine.state === 'queued') this.#stepper.stepSoon(coroutine)
    this.#movedOutsideTurn()
  }

  turn(): number {
    this.#reactor.poll()
    return this.#turn()
  }

  #turn(): number {
    return hasRoom() ? this.#turnWithRoom() : 0
  }

  /**
   * Takes at most one step for each entry that the run queue has at the start. So coroutines that become able to move meanwhile
   * wait for the next turn, unless they take the place of an out-of-date entry.
   */
  #turnWithRoom(): number {
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

  advance(coroutine: AnyCoroutine): void {
    if (coroutine.finished) return
    this.start(coroutine)
    if (coroutine.finished) return
    this.#reactor.poll()
    let live = this.#live
    for (let idle = 0; idle < PATIENCE && !coroutine.finished && this.#reactor.runnable > 0; idle++) {
      if (this.#turn() === 0) break
      if (this.#live !== live) idle = 0
      live = this.#live
    }
  }

  drive(coroutine: AnyCoroutine, options: WaitOptions): void {
    if (coroutine.state === 'running') throw new WouldDeadlockError('a coroutine that waits for itself', this.waits())
    this.driveUntil(() => {
      this.advance(coroutine)
      return coroutine.finished
    }, options)
  }

  driveUntil(done: () => boolean, options: WaitOptions): void {
    checkOptions(options, WAIT_OPTIONS)
    const { timeoutMs } = options
    if (timeoutMs !== undefined) checkMs('timeoutMs', timeoutMs)
    const deadline = timeoutMs === undefined ? undefined : systemClock.now() + timeoutMs
    while (!done()) {
      const left = deadline === undefined ? undefined : deadline - systemClock.now()
      if (left !== undefined && left <= 0) throw new TimeoutError(timeoutMs as number)
      if (!hasRoom()) throw new WouldDeadlockError('coroutines that the stack has no room for', this.waits())
      // Who asks for room once more, from a call further in, may find none, and this loop would go round without a step.
      if (this.#reactor.runnable > 0) this.#turnWithRoom()
      else if (this.#block(left) === 'never') {
        throw new WouldDeadlockError('what only this thread could bring about', this.waits())
      }
    }
  }

  #block(timeoutMs: number | undefined): Reaction {
    try {
      return this.#reactor.block(timeoutMs)
    } catch (failure) {
      throw failure instanceof WouldDeadlockError ? failure.withWaits(this.waits()) : failure
    }
  }

  attach(coroutine: AnyCoroutine): void {
    this.start(coroutine)
    if (!coroutine.finished) this.attachLater(coroutine)
  }

  attachLater(coroutine: AnyCoroutine): void {
    if (coroutine.ensureExtra().attached++ === 0) this.#loop.attach()
  }

  detach(coroutine: AnyCoroutine): void {
    if (!coroutine.finished && --coroutine.ensureExtra().attached === 0) this.#loop.detach()
  }

  /** From now on the event loop steps every coroutine that can move, whether it is awaited or not. */
  keepTurning(): void {
    this.#loop.attach()
  }

  cancel(coroutine: AnyCoroutine, reason: unknown): void {
    this.#stepper.unwinder.cancel(coroutine, reason)
    this.#movedOutsideTurn()
  }

  fail(coroutine: AnyCoroutine, failure: unknown): void {
    this.#stepper.unwinder.fail(coroutine, failure)
    this.#movedOutsideTurn()
  }

  /**
   * A coroutine was stepped without being taken from the run queue. Its entry there, if any, is out of date, and it may have
   * started others, which can move now.
   */
  #movedOutsideTurn(): void {
    this.#reactor.trim()
    this.#loop.callLater()
  }

  /** Whether the running coroutine was cancelled or has failed: what it still returns does not become its answer. */
  get mustUnwind(): boolean {
    const ending = this.running?.extra?.ending
    return ending !== undefined && !hasEnded(ending)
  }

  /**
   * For the running coroutine to yield after it ran code of its user: it goes no further if it was cancelled or has failed. It
   * may not have been told to return yet, or the user's code may have lost that `return` (see `Unwind`).
   */
  checkpoint(): Operation<void> {
    return this.mustUnwind ? unwind() : new Ready(this.#reactor.alwaysReady)
  }

  #settled(coroutine: AnyCoroutine): void {
    this.#ended++
    if (coroutine.extra && coroutine.extra.attached > 0) this.#loop.detach()
  }

  /** Admits no coroutine any more. */
  shut(): void {
    this.#state = 'closed'
  }

  cancelAll(): readonly AnyCoroutine[] {
    this.shut()
    const left = [...this.#stepper.running, ...this.#reactor.liveCoroutines()]
    // One reason for all: an error costs several times what unwinding a coroutine does.
    const reason = new ClosedError(this.#title())
    for (const coroutine of left) coroutine.cancel(reason)
    return left.filter(({ finished }) => !finished)
  }

  stopWatching(): void {
    this.#reactor.stopWatching()
  }

  // Handles. Callers see public ones: `alwaysReady`, `waitHandleOf` and `isReady` deal in these, `doneHandle` and `describe` in
  // the reactor's own numbers, and `onceReady` takes both.

  /** The wait handle of a coroutine that can move or has finished. */
  get alwaysReady(): Handle {
    return this.#reactor.toPublic(this.#reactor.alwaysReady)
  }

  waitHandleOf(coroutine: AnyCoroutine): Handle {
    return this.#reactor.toPublic(this.#reactor.waitHandleOf(coroutine))
  }

  doneHandle(coroutine: AnyCoroutine): Handle {
    const extra = coroutine.ensureExtra()
    extra.doneHandle ??= this.#reactor.open(coroutine)
    return extra.doneHandle
  }

  isReady(handle: Handle): boolean {
    if (typeof handle !== 'number' || handle >>> 0 !== handle) throw new BadHandleError(handle)
    return this.#reactor.isReady(this.#reactor.fromPublic(handle))
  }

  onceReady(handle: Handle, resume: (failure?: unknown) => void): Undo {
    const target = this.#reactor.joinTarget(handle)
    return target === undefined ? onceReady(this, handle, resume) : onceFinished(this, target, resume)
  }

  describe(handle: Handle): string {
    return this.#reactor.describe(handle)
  }

  waits(): Wait[] {
    return this.#reactor.waits()
  }
}
