/** A scheduler as its users see it, and its place in Effection. What it does is the engine's. */

import { channel } from 'node:diagnostics_channel'
import type { Operation, Scope } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions } from '../base/options.js'
import { asCompleted, completed, select } from './batch.js'
import { Engine } from './engine.js'
import type { Pending, Selected, Settled, WaitOptions } from './pending.js'
import { checkReadiness, type Handle, type Readiness } from './readiness.js'
import { checkScope, ended, Structure } from './structure.js'
import type { Wait } from './wait-graph.js'

/** Where a scheduler lives. */
export interface SchedulerOptions {
  /** The Effection scope it lives in: when that ends, everything here is cancelled. The global scope by default. */
  scope?: Scope
}

/** Tells every scheduler that is made, to whoever wants to know what the coroutines of a process wait for. */
const schedulers = channel('tidewait:scheduler')

const OPTIONS: ReadonlySet<string> = new Set(['scope'])

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
  /** @internal For the rest of the library, whose coroutines are more than what they return. */
  readonly engine: Engine
  readonly #parent: Scope | undefined
  #structure: Structure | undefined

  /** Over one source of readiness. @throws InvalidArgumentError for what is not a source of readiness, or an unknown option */
  constructor(readiness: Readiness, options: SchedulerOptions = {}) {
    checkReadiness(readiness)
    checkOptions(options, OPTIONS)
    if (options.scope !== undefined) checkScope(options.scope)
    this.#parent = options.scope
    this.engine = new Engine({ readiness, title: () => this.title, errands: () => this.#structured().errands })
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
    return this.engine.spawn(operation)
  }

  /** Resumes every parked coroutine whose handle is ready, and starts the new ones. Never blocks. How many moved. */
  turn(): number {
    return this.engine.turn()
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
    return select<T, P>(this.engine, pendings, options)
  }

  /** All of them as they finish, blocking in between. Leaving the loop early leaves the others as they are. */
  completed<T>(pendings: Iterable<Pending<T>>): Generator<Settled<T>, void> {
    return completed(this.engine, pendings)
  }

  /** All of them as they finish, on the event loop. Leaving the loop early leaves the others as they are. */
  asCompleted<T>(pendings: Iterable<Pending<T>>): AsyncGenerator<Settled<T>, void> {
    return asCompleted(this.engine, pendings)
  }

  /** Whether `handle`, one of the source's or the `waitHandle` of any pending here, is ready. Throws `BadHandleError`. */
  isReady(handle: Handle): boolean {
    return this.engine.isReady(handle)
  }

  /** Who is parked, and on what. */
  waits(): Wait[] {
    return this.engine.waits()
  }

  /** Cancels every coroutine, undoes what they waited for, and waits until what they had spawned has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.shut()
    if (this.#structure === undefined) await Promise.all(this.engine.cancelEverybody().map(ended))
    await this.#structure?.end()
    this.engine.stopWatching()
  }

  /** Made when it is first needed: a scheduler whose coroutines yield only readiness costs Effection nothing. */
  #structured(): Structure {
    this.#structure ??= new Structure(this.#parent, this.engine)
    return this.#structure
  }
}
