/** One coroutine: its generator, its state, its answer. It moves only when its scheduler steps it. */

import type { Effect, Operation } from 'effection'
import { nothingToUndo, type Undo } from '../base/undo.js'
import { type CoroutineState, ExtraState, NO_LISTENERS } from './coroutine-state.js'
import type { Pending, Poll, WaitOptions } from './pending.js'
import type { Handle } from './readiness.js'
import { type Parking, ReadyAt, START, STARTED } from './ready.js'
import { Unwind } from './unwind.js'

/** What coroutines, and those who wait for several of them, ask of the engine. */
export interface Driver extends Parking {
  /** Takes in a new coroutine. Throws `ClosedError`. */
  admit(coroutine: Coroutine<unknown>): void
  /** Runs `coroutine` as far as possible without blocking; if it does not finish, all others that can move as well. */
  advance(coroutine: Coroutine<unknown>): void
  /** Blocks until `coroutine` has finished. */
  drive(coroutine: Coroutine<unknown>, options: WaitOptions): void
  /** Blocks until `done` returns true; `done` is called again whenever something has become ready. */
  driveUntil(done: () => boolean, options: WaitOptions): void
  /** Resumes every coroutine that can move; returns how many. */
  turn(): number
  /** Steps `coroutine`, and has the event loop go on with that until it has finished or `detach` was called as often. */
  attach(coroutine: Coroutine<unknown>): void
  /** As `attach`, but does not step it now. */
  attachLater(coroutine: Coroutine<unknown>): void
  detach(coroutine: Coroutine<unknown>): void
  cancel(coroutine: Coroutine<unknown>, reason: unknown): void
  fail(coroutine: Coroutine<unknown>, failure: unknown): void
  /** The public handle that `coroutine` waits for. */
  waitHandleOf(coroutine: Coroutine<unknown>): Handle
  /** The handle that becomes ready when `coroutine` has finished. */
  doneHandle(coroutine: Coroutine<unknown>): Handle
  /** The coroutine on the stack, the innermost if there are several. */
  readonly running: Coroutine<unknown> | undefined
  /** How many coroutines have finished so far. */
  readonly ended: number
}

/** Made by `Scheduler.spawn`; subclasses add to it what their kind of pending offers besides an answer. */
export class Coroutine<T> implements Pending<T> {
  /** @internal */
  state: CoroutineState = 'fresh'
  /** @internal The handle it is parked on. */
  handle: Handle = 0
  /** @internal The operation before it starts, its iterator until it ends, its answer or failure then: one field saves memory. */
  content: unknown
  /** @internal See `ensureExtra`. */
  extra: ExtraState | undefined = undefined

  /** @internal */
  constructor(
    /** @internal */
    readonly engine: Driver,
    operation: () => Operation<T>,
    private readonly label: string = operation.name,
  ) {
    this.content = operation
    engine.admit(this)
  }

  /** @internal Shown in wait graphs. A subclass whose name takes work to make overrides this. */
  get name(): string {
    return this.label
  }

  /** @internal */
  get finished(): boolean {
    return this.state === 'returned' || this.state === 'thrown' || this.state === 'cancelled'
  }

  /** @internal The extra state, made on first use: most coroutines never need it. */
  ensureExtra(): ExtraState {
    this.extra ??= new ExtraState()
    return this.extra
  }

  /** @internal The answer of a finished coroutine; throws its failure. */
  answer(): T {
    if (this.state !== 'returned') throw this.content
    return this.content as T
  }

  poll(): Poll<T> {
    this.engine.advance(this)
    return this.finished ? { ready: true, value: this.answer() } : NOT_READY
  }

  wait(options: WaitOptions = {}): T {
    this.engine.drive(this, options)
    return this.answer()
  }

  get waitHandle(): Handle {
    return this.engine.waitHandleOf(this)
  }

  cancel(reason?: unknown): void {
    this.engine.cancel(this, reason)
  }

  /** @internal As `cancel`, but it ends with `failure`. */
  fail(failure: unknown): void {
    this.engine.fail(this, failure)
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.promise().then(onFulfilled, onRejected)
  }

  /** @internal */
  promise(): Promise<T> {
    if (this.extra?.promise === undefined) this.engine.attach(this)
    if (this.finished)
      return this.state === 'returned' ? Promise.resolve(this.content as T) : Promise.reject(this.content)
    this.ensureExtra().promise ??= new Promise<T>((resolve, reject) => {
      this.onFinish(() => (this.state === 'returned' ? resolve(this.content as T) : reject(this.content)))
    })
    return this.ensureExtra().promise as Promise<T>
  }

  /** @internal Calls `listener` when the coroutine has finished, at once if it has already. */
  onFinish(listener: () => void): Undo {
    if (this.finished) {
      listener()
      return nothingToUndo
    }
    const extra = this.ensureExtra()
    const { listeners = new Set() } = extra
    extra.listeners = listeners
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** @internal Called once, when the coroutine has its answer and before its listeners are called. Must not throw. */
  ended(): void {}

  /**
   * @internal Called before `ended` with what the operation returned, unless `undefined`, if that does not become the answer:
   * something it had spawned has failed since, or it was cancelled. Must not throw.
   */
  dropped(_answer: T): void {}

  [Symbol.iterator](): Iterator<Effect<unknown>, T, unknown> {
    return new Join(this)
  }

  [Symbol.dispose](): void {
    this.cancel()
  }
}

const NOT_READY: Poll<never> = Object.freeze({ ready: false })

/**
 * `yield* coroutine`. The first to wait for a fresh coroutine starts it and owns it: if the owner is cancelled while it waits,
 * and nobody else waits, the coroutine is cancelled too. Whoever waits for one that was already started only observes it.
 */
class Join<T> implements Iterator<Effect<unknown>, T, unknown> {
  #state: 'new' | 'owner' | 'observer' | 'cancelling' | 'done' = 'new'

  constructor(readonly target: Coroutine<T>) {}

  next(sent: unknown): IteratorResult<Effect<unknown>, T> {
    const { target } = this
    if (sent === START) return { done: false, value: STARTED }
    if (this.#state === 'cancelling') return this.#awaitEnd()
    if (target.finished) {
      this.#stopWaiting()
      return { done: true, value: target.answer() }
    }
    if (this.#state === 'new') {
      this.#state = target.state === 'fresh' ? 'owner' : 'observer'
      target.ensureExtra().joiners++
      if (this.#state === 'owner') target.ensureExtra().owner = target.engine.running
    }
    return new ReadyAt(target.engine.doneHandle(target), target.engine)
  }

  return(value: T): IteratorResult<Effect<unknown>, T> {
    const wasOwner = this.#state === 'owner'
    this.#stopWaiting()
    const { target } = this
    if (!wasOwner || target.finished || !nobodyWants(target)) return { done: true, value }
    this.#state = 'cancelling'
    target.cancel()
    const step = this.#awaitEnd()
    return target.finished ? { done: true, value } : step
  }

  /**
   * Waits until the cancelled target has ended, which may take its time, and then has the owner go on returning (`Unwind`).
   * What the target throws while it unwinds is thrown at the owner.
   */
  #awaitEnd(): IteratorResult<Effect<unknown>, T> {
    const { target } = this
    if (!target.finished) return new ReadyAt(target.engine.doneHandle(target), target.engine)
    this.#state = 'done'
    if (target.state === 'thrown') throw target.content
    return { done: false, value: new Unwind() }
  }

  throw(failure: unknown): never {
    this.#stopWaiting()
    throw failure
  }

  #stopWaiting(): void {
    const { extra } = this.target
    if (extra !== undefined && (this.#state === 'owner' || this.#state === 'observer')) extra.joiners--
    if (extra !== undefined && this.#state === 'owner') extra.owner = undefined
    this.#state = 'done'
  }
}

function nobodyWants(target: Coroutine<unknown>): boolean {
  const { joiners, listeners = NO_LISTENERS } = target.ensureExtra()
  return joiners === 0 && listeners.size === 0
}
