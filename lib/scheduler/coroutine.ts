/** One coroutine: its generator, its state, its answer. It moves only when its scheduler steps it. */

import type { Effect, Operation } from 'effection'
import type { Undo } from '../base/body.js'
import type { Courier } from './courier.js'
import { Join } from './join.js'
import type { Pending, Poll, WaitOptions } from './pending.js'
import type { Handle } from './readiness.js'
import type { Scheduler } from './scheduler.js'
import type { Resumption } from './steps.js'

/**
 * | state | where it is | next |
 * |---|---|---|
 * | fresh | in the run queue, not started | running, cancelled |
 * | queued | in the run queue, its handle was ready | running |
 * | resting | in the run queue, having gone on for long; only its turn moves it | running |
 * | running | on the stack: never stepped again until it comes back | parked, resting, returned, thrown, cancelled |
 * | parked | on `handle` | queued, running |
 * | returned, thrown, cancelled | nowhere: it has its answer | - |
 */
export type CoroutineState = 'fresh' | 'queued' | 'resting' | 'running' | 'parked' | 'returned' | 'thrown' | 'cancelled'

/** How a coroutine ended. */
export interface Outcome {
  readonly state: 'returned' | 'thrown' | 'cancelled'
  readonly value: unknown
}

/** What only few coroutines need, kept apart so that parking one costs little memory. */
export class Particulars {
  /** Replaces the plain resumption of the next step. */
  resumption: Resumption | undefined
  /** How it must end: it was cancelled, or something it spawned has failed. From then on the only way is down. */
  doom: Outcome | undefined
  /** Whether its generator has been told of its doom, and runs its `finally` blocks. */
  unwinding = false
  /** Carries its foreign effects, once it has yielded one. */
  courier: Courier | undefined
  /** The end it will come to when its courier is home. */
  outcome: Outcome | undefined
  /** Ready when it has finished; opened for whoever parks on that. */
  doneHandle: Handle | undefined
  /** Coroutines and tasks that wait for it by `yield*`. */
  joiners = 0
  promise: Promise<unknown> | undefined
  /** How many want it driven by the event loop. */
  attached = 0
  readonly listeners: (() => void)[] = []
}

/** @internal Made by `Scheduler.spawn`, and by whoever has more to say about a pending than its answer. */
export class Coroutine<T> implements Pending<T> {
  state: CoroutineState = 'fresh'
  handle: Handle = 0
  /** The operation before it starts, its iterator while it lives, its answer or failure afterwards. */
  content: unknown
  particulars: Particulars | undefined = undefined

  constructor(
    readonly scheduler: Scheduler,
    operation: () => Operation<T>,
    private readonly label: string = operation.name,
  ) {
    this.content = operation
    scheduler.admit(this)
  }

  /** For people who read a wait graph. One that takes work to make is made when they do. */
  get name(): string {
    return this.label
  }

  get finished(): boolean {
    return this.state === 'returned' || this.state === 'thrown' || this.state === 'cancelled'
  }

  get particular(): Particulars {
    this.particulars ??= new Particulars()
    return this.particulars
  }

  /** The answer of a finished coroutine; throws its failure. */
  answer(): T {
    if (this.state !== 'returned') throw this.content
    return this.content as T
  }

  poll(): Poll<T> {
    this.scheduler.advance(this)
    return this.finished ? { ready: true, value: this.answer() } : NOT_READY
  }

  wait(options: WaitOptions = {}): T {
    this.scheduler.drive(this, options)
    return this.answer()
  }

  get waitHandle(): Handle {
    return this.scheduler.waitHandleOf(this)
  }

  cancel(reason?: unknown): void {
    this.scheduler.cancel(this, reason)
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.promise().then(onFulfilled, onRejected)
  }

  promise(): Promise<T> {
    if (this.particulars?.promise === undefined) this.scheduler.attach(this)
    if (this.finished)
      return this.state === 'returned' ? Promise.resolve(this.content as T) : Promise.reject(this.content)
    this.particular.promise ??= new Promise<T>((resolve, reject) => {
      this.onFinish(() => (this.state === 'returned' ? resolve(this.content as T) : reject(this.content)))
    })
    return this.particular.promise as Promise<T>
  }

  /** Calls `listener` when it has finished, at once if it has. */
  onFinish(listener: () => void): Undo {
    if (this.finished) {
      listener()
      return () => {}
    }
    const { listeners } = this.particular
    listeners.push(listener)
    return () => {
      const at = listeners.indexOf(listener)
      if (at >= 0) listeners.splice(at, 1)
    }
  }

  /** @internal Called once, when it has its answer and before its listeners hear of it. It must not throw. */
  ended(): void {}

  [Symbol.iterator](): Iterator<Effect<unknown>, T, unknown> {
    return new Join(this)
  }

  [Symbol.dispose](): void {
    this.cancel()
  }
}

const NOT_READY: Poll<never> = Object.freeze({ ready: false })
