/** The drivers of coroutines: each asks for their steps in its own way, and blocks for no longer than it is told. */

import type { Operation, Scope } from 'effection'
import { systemClock } from '../base/clock.js'
import { BadHandleError, ClosedError, TimeoutError } from '../base/errors.js'
import { checkMs, checkOptions } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import { Coroutine, type Driver } from './coroutine.js'
import { EventLoop } from './event-loop.js'
import { leave } from './leave.js'
import { onceFinished, onceReady } from './outsiders.js'
import type { Pending, WaitOptions } from './pending.js'
import { Reactor } from './reactor.js'
import type { Handle, Reaction, Readiness } from './readiness.js'
import { Ready } from './ready.js'
import { Stepper } from './stepper.js'
import type { Ending } from './structure.js'
import { type Wait, WouldDeadlockError } from './wait-graph.js'

/** What an engine asks of the scheduler that it drives. */
export interface EngineParts {
  readonly readiness: Readiness
  /** What its users call the scheduler, once it is closed. */
  readonly title: () => string
  /** Where foreign effects are performed. */
  readonly errands: () => Scope
}

const WAIT_OPTIONS: ReadonlySet<string> = new Set(['timeoutMs'])

type AnyCoroutine = Coroutine<unknown>

/**
 * How many rounds in a row, in which nobody comes and nobody ends, `poll` looks on: coroutines that wake each other for
 * ever must not keep it from coming back.
 */
const PATIENCE = 1_000

export class Engine implements Driver, Ending {
  readonly #reactor: Reactor
  readonly #stepper: Stepper
  readonly #loop: EventLoop
  readonly #title: () => string
  #state: 'open' | 'closed' = 'open'
  #admitted = 0
  #ended = 0

  constructor({ readiness, title, errands }: EngineParts) {
    this.#title = title
    this.#reactor = new Reactor(readiness, () => this.#loop.callLater())
    this.#loop = new EventLoop(this.#reactor, () => this.#turn())
    this.#stepper = new Stepper({
      reactor: this.#reactor,
      errands,
      home: this,
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

  /** Whether the event loop steps whoever can move, for somebody is awaited. */
  get isTurning(): boolean {
    return this.#loop.isTurning
  }

  /** Whether anybody here waits for what only the event loop brings about. */
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
  }

  /** Lets a new coroutine go as far as it can at once; nobody else moves. */
  start(coroutine: AnyCoroutine): void {
    if (coroutine.state === 'parked' && this.#reactor.isReadyOrBad(coroutine.handle)) this.#reactor.unpark(coroutine)
    if (coroutine.state === 'fresh' || coroutine.state === 'queued') this.#stepper.step(coroutine)
    this.#movedAlone()
  }

  turn(): number {
    this.#reactor.look()
    return this.#turn()
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

  advance(coroutine: AnyCoroutine): void {
    if (coroutine.finished) return
    this.start(coroutine)
    if (coroutine.finished) return
    this.#reactor.look()
    let live = this.#live
    for (let idle = 0; idle < PATIENCE && !coroutine.finished && this.#reactor.runnable > 0; idle++) {
      this.#turn()
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

  attach(coroutine: AnyCoroutine): void {
    this.start(coroutine)
    if (!coroutine.finished) this.attachLater(coroutine)
  }

  attachLater(coroutine: AnyCoroutine): void {
    if (coroutine.particular.attached++ === 0) this.#loop.attach()
    else this.#loop.callLater()
  }

  detach(coroutine: AnyCoroutine): void {
    if (!coroutine.finished && --coroutine.particular.attached === 0) this.#loop.detach()
  }

  /** From now on the event loop steps everybody who can move, though nobody awaits them. */
  keepTurning(): void {
    this.#loop.attach()
  }

  cancel(coroutine: AnyCoroutine, reason: unknown): void {
    this.#stepper.unwinder.cancel(coroutine, reason)
    this.#movedAlone()
  }

  fail(coroutine: AnyCoroutine, failure: unknown): void {
    this.#stepper.unwinder.fail(coroutine, failure)
    this.#movedAlone()
  }

  /** One that moved without a turn has left its place in the run queue, and may have begun others that it waits for. */
  #movedAlone(): void {
    this.#reactor.tidy()
    this.#loop.callLater()
  }

  /** Whether the one that is running was brought down: whatever it still does, nobody has its answer. */
  get isBroughtDown(): boolean {
    return this.running?.particulars?.doom !== undefined
  }

  /**
   * For the one that is running, behind what its user has written: it goes no further if it was brought down. It may not have
   * heard of that yet, or have lost the `return` there (`Leave`).
   */
  checkpoint(): Operation<void> {
    return this.isBroughtDown ? leave() : new Ready(this.#reactor.movable)
  }

  #settled(coroutine: AnyCoroutine): void {
    this.#ended++
    if (coroutine.particulars && coroutine.particulars.attached > 0) this.#loop.detach()
  }

  /** Nobody is admitted any more. */
  shut(): void {
    this.#state = 'closed'
  }

  cancelEverybody(): readonly AnyCoroutine[] {
    this.shut()
    const left = [...this.#stepper.running, ...this.#reactor.everybody()]
    for (const coroutine of left) coroutine.cancel(new ClosedError(this.#title()))
    return left
  }

  stopWatching(): void {
    this.#reactor.stopWatching()
  }

  // Handles, as callers see them.

  /** What a coroutine that can move, or has finished, waits for. */
  get movable(): Handle {
    return this.#reactor.shown(this.#reactor.movable)
  }

  waitHandleOf(coroutine: AnyCoroutine): Handle {
    return this.#reactor.shown(this.#reactor.needOf(coroutine))
  }

  doneHandle(coroutine: AnyCoroutine): Handle {
    coroutine.particular.doneHandle ??= this.#reactor.open(coroutine)
    return coroutine.particular.doneHandle
  }

  isReady(handle: Handle): boolean {
    if (typeof handle !== 'number' || handle >>> 0 !== handle) throw new BadHandleError(handle)
    return this.#reactor.isReady(this.#reactor.meant(handle))
  }

  onceReady(handle: Handle, resume: (failure?: unknown) => void): Undo {
    const target = this.#reactor.whoEndsAt(handle)
    return target === undefined ? onceReady(this, handle, resume) : onceFinished(this, target, resume)
  }

  describe(handle: Handle): string {
    return this.#reactor.describe(handle)
  }

  waits(): Wait[] {
    return this.#reactor.waits()
  }
}
