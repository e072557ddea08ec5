/** One coroutine: its generator, its state, its answer. It moves only when its scheduler steps it. */

import type { Effect, Operation } from 'effection'
import { nothingToUndo, type Undo } from '../base/undo.js'
import { Leave } from './leave.js'
import { type CoroutineState, NOBODY, Particulars } from './particulars.js'
import type { Pending, Poll, WaitOptions } from './pending.js'
import type { Handle } from './readiness.js'
import { type Parking, ReadyAt } from './ready.js'

/** What a coroutine, or one who waits for several, asks of what drives them. */
export interface Driver extends Parking {
  /** A new coroutine reports for work. Throws `ClosedError`. */
  admit(coroutine: Coroutine<unknown>): void
  /** Runs it as far as possible without blocking; if that is not to its end, everybody else too. */
  advance(coroutine: Coroutine<unknown>): void
  /** Blocks until it has finished. */
  drive(coroutine: Coroutine<unknown>, options: WaitOptions): void
  /** Blocks until `done` says so; it is asked again whenever something became ready. */
  driveUntil(done: () => boolean, options: WaitOptions): void
  /** Resumes whoever can move. */
  turn(): number
  /** From now on the event loop steps it, until it has finished or `detach` is called as often. */
  attach(coroutine: Coroutine<unknown>): void
  /** The same for a new one that need not move at once. */
  attachLater(coroutine: Coroutine<unknown>): void
  detach(coroutine: Coroutine<unknown>): void
  cancel(coroutine: Coroutine<unknown>, reason: unknown): void
  fail(coroutine: Coroutine<unknown>, failure: unknown): void
  /** What it waits for, as callers see it. */
  waitHandleOf(coroutine: Coroutine<unknown>): Handle
  /** Ready when it has finished. */
  doneHandle(coroutine: Coroutine<unknown>): Handle
  /** The coroutine that is on the stack, the innermost if there are several. */
  readonly running: Coroutine<unknown> | undefined
  /** How many have finished so far. */
  readonly ended: number
}

/** Made by `Scheduler.spawn`, and by whoever has more to say about a pending than its answer. */
export class Coroutine<T> implements Pending<T> {
  /** @internal */
  state: CoroutineState = 'fresh'
  /** @internal What it is parked on. */
  handle: Handle = 0
  /** @internal The operation before it starts, its iterator while it lives, its answer or failure afterwards. */
  content: unknown
  /** @internal */
  particulars: Particulars | undefined = undefined

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

  /** @internal For people who read a wait graph. One that takes work to make is made when they do. */
  get name(): string {
    return this.label
  }

  /** @internal */
  get finished(): boolean {
    return this.state === 'returned' || this.state === 'thrown' || this.state === 'cancelled'
  }

  /** @internal */
  get particular(): Particulars {
    this.particulars ??= new Particulars()
    return this.particulars
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

  /** @internal As `cancel`, for whoever knows that it cannot go on: it ends with `failure`. */
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
    if (this.particulars?.promise === undefined) this.engine.attach(this)
    if (this.finished)
      return this.state === 'returned' ? Promise.resolve(this.content as T) : Promise.reject(this.content)
    this.particular.promise ??= new Promise<T>((resolve, reject) => {
      this.onFinish(() => (this.state === 'returned' ? resolve(this.content as T) : reject(this.content)))
    })
    return this.particular.promise as Promise<T>
  }

  /** @internal Calls `listener` when it has finished, at once if it has. */
  onFinish(listener: () => void): Undo {
    if (this.finished) {
      listener()
      return nothingToUndo
    }
    const { particular } = this
    const { listeners = new Set() } = particular
    particular.listeners = listeners
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** @internal Called once, when it has its answer and before its listeners hear of it. It must not throw. */
  ended(): void {}

  /**
   * @internal Called before that with what its operation has returned, where it ends otherwise after all: what it had spawned has
   * failed since, or it was cancelled. It must not throw.
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
 * Whoever is the first to want a coroutine, by `yield*`, owns it: if the owner is cancelled while it waits and nobody
 * else waits, the coroutine is cancelled too. One that was already on its way is only watched.
 */
class Join<T> implements Iterator<Effect<unknown>, T, unknown> {
  #waits: 'not yet' | 'as owner' | 'as observer' | 'for its end' | 'no longer' = 'not yet'

  constructor(readonly target: Coroutine<T>) {}

  next(): IteratorResult<Effect<unknown>, T> {
    const { target } = this
    if (this.#waits === 'for its end') return this.#left()
    if (target.finished) {
      this.#leave()
      return { done: true, value: target.answer() }
    }
    if (this.#waits === 'not yet') {
      this.#waits = target.state === 'fresh' ? 'as owner' : 'as observer'
      target.particular.joiners++
      if (this.#waits === 'as owner') target.particular.owner = target.engine.running
    }
    return new ReadyAt(target.engine.doneHandle(target), target.engine)
  }

  return(value: T): IteratorResult<Effect<unknown>, T> {
    const wasOwner = this.#waits === 'as owner'
    this.#leave()
    const { target } = this
    if (!wasOwner || target.finished || !nobodyWants(target)) return { done: true, value }
    this.#waits = 'for its end'
    target.cancel()
    const left = this.#left()
    return target.finished ? { done: true, value } : left
  }

  /**
   * What it has started and cancelled may take its time to end, and afterwards its owner leaves. What that throws on its
   * way is the owner's.
   */
  #left(): IteratorResult<Effect<unknown>, T> {
    const { target } = this
    if (!target.finished) return new ReadyAt(target.engine.doneHandle(target), target.engine)
    this.#waits = 'no longer'
    if (target.state === 'thrown') throw target.content
    return { done: false, value: new Leave() }
  }

  throw(failure: unknown): never {
    this.#leave()
    throw failure
  }

  #leave(): void {
    const { particulars } = this.target
    if (particulars !== undefined && (this.#waits === 'as owner' || this.#waits === 'as observer'))
      particulars.joiners--
    if (particulars !== undefined && this.#waits === 'as owner') particulars.owner = undefined
    this.#waits = 'no longer'
  }
}

function nobodyWants(target: Coroutine<unknown>): boolean {
  const { joiners, listeners = NOBODY } = target.particular
  return joiners === 0 && listeners.size === 0
}
