/** A scheduler as its users see it. The engine does its work; this class checks arguments and makes the Effection scope. */

import { channel } from 'node:diagnostics_channel'
import type { Operation, Scope } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions } from '../base/options.js'
import { asCompleted, completed, select } from './batch.js'
import { Engine } from './engine.js'
import type { AnswerOf, Pending, Selected, Settled, WaitOptions } from './pending.js'
import { checkReadiness, type Handle, type Readiness } from './readiness.js'
import { checkScope, ended, SchedulerScope } from './scheduler-scope.js'
import type { Wait } from './wait-graph.js'

/** Where a scheduler lives. */
export interface SchedulerOptions {
  /** The parent Effection scope: when it ends, every coroutine of the scheduler is cancelled. The global scope by default. */
  scope?: Scope | undefined
}

/** Publishes every new scheduler, for tools that list what the coroutines of a process wait for. */
const schedulers = channel('tidewait:scheduler')

const OPTIONS: ReadonlySet<string> = new Set(['scope'])

/**
 * Coroutines over one source of readiness, in one Effection scope. Dispose of it, with `await using` for instance: until then its
 * source holds it, and once a coroutine has performed a foreign effect, the parent scope does too.
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
  /** @internal For the rest of the library, which subclasses `Coroutine`. */
  readonly engine: Engine
  readonly #parent: Scope | undefined
  #schedulerScope: SchedulerScope | undefined

  /** @throws InvalidArgumentError if `readiness` is not a source of readiness, or an option is unknown */
  constructor(readiness: Readiness, options: SchedulerOptions = {}) {
    checkReadiness(readiness)
    checkOptions(options, OPTIONS)
    if (options.scope !== undefined) checkScope(options.scope)
    this.#parent = options.scope
    this.engine = new Engine({ readiness, title: () => this.title, effectScope: () => this.#ensureScope().effectScope })
    if (options.scope !== undefined) this.#ensureScope()
    schedulers.publish(this)
  }

  /** @internal Names it in a `ClosedError`. */
  protected get title(): string {
    return 'the scheduler'
  }

  /** The scheduler's Effection scope: foreign effects of its coroutines run in it. It ends with the scheduler. */
  get scope(): Scope {
    return this.#ensureScope().scope
  }

  /**
   * Returns a pending for what `operation` returns. It starts at its first `poll`, `wait` or `then`, at the next `turn`, or with
   * another pending of this scheduler that is driven. A generator runs once, so give the function that makes it, and not one
   * that was started before.
   *
   * @throws ClosedError, InvalidArgumentError
   */
  spawn<T>(operation: () => Operation<T>): Pending<T> {
    if (typeof operation !== 'function')
      throw new InvalidArgumentError('spawn takes a function that returns an operation')
    return this.engine.spawn(operation)
  }

  /** Resumes every parked coroutine whose handle is ready, and starts the new ones. Never blocks. Returns how many it stepped. */
  turn(): number {
    return this.engine.turn()
  }

  /**
   * Blocks until one of `pendings` has finished, and returns it: the one of lowest index, if several have. Throws its failure, if
   * it failed. The others stay usable in either case.
   *
   * @throws InvalidArgumentError for none or more than 16,384 pendings, TimeoutError, WouldDeadlockError
   */
  select<T, P extends Pending<T> = Pending<T>>(
    pendings: readonly (P & Pending<T>)[],
    options?: WaitOptions,
  ): Selected<T, P>
  select<P extends Pending<unknown>>(pendings: readonly P[], options?: WaitOptions): Selected<AnswerOf<P>, P>
  select<T, P extends Pending<T>>(pendings: readonly P[], options: WaitOptions = {}): Selected<T, P> {
    return select<T, P>(this.engine, pendings, options)
  }

  /** Yields all `pendings` as they finish, blocking in between. Leaving the loop early leaves the others as they are. */
  completed<T>(pendings: Iterable<Pending<T>>): Generator<Settled<T>, void>
  completed<P extends Pending<unknown>>(pendings: Iterable<P>): Generator<Settled<AnswerOf<P>>, void>
  completed<T>(pendings: Iterable<Pending<T>>): Generator<Settled<T>, void> {
    return completed(this.engine, pendings)
  }

  /** Yields all `pendings` as they finish, on the event loop. Leaving the loop early leaves the others as they are. */
  asCompleted<T>(pendings: Iterable<Pending<T>>): AsyncGenerator<Settled<T>, void>
  asCompleted<P extends Pending<unknown>>(pendings: Iterable<P>): AsyncGenerator<Settled<AnswerOf<P>>, void>
  asCompleted<T>(pendings: Iterable<Pending<T>>): AsyncGenerator<Settled<T>, void> {
    return asCompleted(this.engine, pendings)
  }

  /** Whether `handle` is ready: a handle of the source, or a `waitHandle` of this scheduler. Throws `BadHandleError`. */
  isReady(handle: Handle): boolean {
    return this.engine.isReady(handle)
  }

  /** Every parked coroutine, and what it waits for. */
  waits(): Wait[] {
    return this.engine.waits()
  }

  /** Cancels every coroutine, undoes what it waits for, and waits until everything it has spawned has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.shut()
    if (this.#schedulerScope === undefined) await Promise.all(this.engine.cancelAll().map(ended))
    await this.#schedulerScope?.end()
    this.engine.stopWatching()
  }

  /** Made when first needed: a scheduler whose coroutines yield only readiness needs no Effection scope. */
  #ensureScope(): SchedulerScope {
    this.#schedulerScope ??= new SchedulerScope(this.#parent, this.engine)
    return this.#schedulerScope
  }
}
