/** What the specs of the scheduler share: a scheduler over handles settled by hand, and a source that reads the clock. */

import type { Effect } from 'effection'
import { systemClock } from '../../lib/base/clock.js'
import { sleepThread } from '../../lib/base/thread.js'
import {
  BadHandleError,
  type Handle,
  ManualReadiness,
  type Pending,
  type Readiness,
  ready,
  Scheduler,
} from '../../lib/scheduler/index.js'

export interface Fixture {
  readonly readiness: ManualReadiness
  readonly scheduler: Scheduler
}

export function fixture(): Fixture {
  const readiness = new ManualReadiness()
  return { readiness, scheduler: new Scheduler(readiness) }
}

/** Pendings that are finished by their handles, each with its own index. */
export function several(
  { readiness, scheduler }: Fixture,
  count: number,
): { handles: Handle[]; pendings: Pending<number>[] } {
  const handles = Array.from({ length: count }, () => readiness.open())
  const pendings = handles.map((handle, i) =>
    scheduler.spawn(function* () {
      yield* ready(handle)
      return i
    }),
  )
  return { handles, pendings }
}

/** How `pending` stands, in one word or two. */
export function stand(pending: Pending<unknown>): string {
  try {
    const poll = pending.poll()
    return poll.ready ? `returned ${String(poll.value)}` : 'not ready'
  } catch (failure) {
    return `threw ${(failure as Error).name}`
  }
}

/** Yields `value` bare, as one who forgot the star would. */
export function* bare(value: unknown): Generator<Effect<unknown>, unknown, unknown> {
  return yield value as Effect<unknown>
}

/** Lets every microtask there is, and every one that follows from it, run. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Where `Timers` reads the time, and how it lets time pass. */
export interface Time {
  now(): number
  /** Blocks for so long. */
  pass(durationMs: number): void
  /** Calls `callback` from the event loop. */
  later(delayMs: number, callback: () => void): void
}

const machineTime: Time = {
  now: systemClock.now,
  pass: sleepThread,
  later: (delayMs, callback) => systemClock.setTimer(delayMs, callback, { keepAlive: delayMs < 1_000 }),
}

/** Time that passes when somebody blocks, and not otherwise. */
export class VirtualTime implements Time {
  #now = 0

  now(): number {
    return this.#now
  }

  pass(durationMs: number): void {
    this.#now += durationMs
  }

  later(): void {}
}

/** Readiness as a reader would write it, without `react`: a handle is ready when its time has come. */
export class Timers implements Readiness {
  readonly #time: Time
  readonly #due = new Map<Handle, number>()
  readonly #listeners = new Set<(handle: Handle) => void>()
  #next = 0
  /** How often it was asked. */
  asked = 0

  constructor(time: Time = machineTime) {
    this.#time = time
  }

  after(delayMs: number): Handle {
    const handle = this.#next++
    this.#due.set(handle, this.#time.now() + delayMs)
    this.#time.later(delayMs, () => this.#ring(handle))
    return handle
  }

  /** Makes it ready without a word to anybody. */
  due(handle: Handle): void {
    this.#due.set(handle, this.#time.now())
  }

  /** Makes it a bad handle without a word to anybody. */
  forget(handle: Handle): void {
    this.#due.delete(handle)
  }

  isReady(handle: Handle): boolean {
    this.asked++
    return this.#left(handle) <= 0
  }

  select(handles: readonly Handle[], timeoutMs = Number.POSITIVE_INFINITY): number {
    const left = handles.map((handle) => this.#left(handle))
    const shortest = Math.max(0, Math.min(...left))
    this.#time.pass(Math.min(shortest, timeoutMs))
    return shortest <= timeoutMs ? left.findIndex((each) => each <= shortest) : -1
  }

  watch(listener: (handle: Handle) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #ring(handle: Handle): void {
    const left = this.#due.has(handle) ? this.#left(handle) : 0
    if (left > 0) this.#time.later(left, () => this.#ring(handle))
    else for (const listener of this.#listeners) listener(handle)
  }

  #left(handle: Handle): number {
    const due = this.#due.get(handle)
    if (due === undefined) throw new BadHandleError(handle)
    return due - this.#time.now()
  }
}
