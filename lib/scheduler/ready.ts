/** The effect that waits until a handle is ready. A scheduler steps it by itself; it is an Effection effect as well. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { createContext, type Effect, Err, Ok, type Operation } from 'effection'
import { BadHandleError, InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import type { Handle } from './readiness.js'

/** Sent into a generator that resumes after `ready`. By it a stateless `Ready` tells a resumption from the first `next()`. */
export const RESUME: unique symbol = Symbol('tidewait.resume')

/**
 * Sent into a generator to start it. One that has not started does not see it. One that has passes it on to what it waits for,
 * and that yields `STARTED` in reply and goes on waiting.
 */
export const START: unique symbol = Symbol('tidewait.start')

/** See `START`. */
export const STARTED: Effect<never> = {
  description: 'a generator that was started before',
  enter: () => (exited) => exited(Ok()),
}

/** A scheduler as an Effection program sees it: it calls back once a handle is ready. */
export interface Parking {
  /** Calls `resume` once, with the failure if the handle is bad or the scheduler closes. The undo ends the wait. */
  onceReady(handle: Handle, resume: (failure?: unknown) => void): Undo
  /** What the handle stands for, in words, for the wait graph. */
  describe(handle: Handle): string
}

/** The scheduler that `ready()` uses in an Effection program. Every scheduler sets it in its own scope. */
export const ParkingContext = createContext<Parking>('tidewait.parking')

const RESUMED: IteratorReturnResult<void> = Object.freeze({ done: true, value: undefined })
const STARTED_BEFORE: IteratorYieldResult<Effect<never>> = Object.freeze({ done: false, value: STARTED })

/**
 * Operation, iterator, iterator result and effect in one object with one field: parking is the hot path, and its cost is mostly
 * memory. The object keeps no state, so many coroutines may yield the same one at once.
 */
export class Ready implements Operation<void>, Effect<unknown> {
  constructor(readonly handle: Handle) {}

  get done(): false {
    return false
  }

  get value(): this {
    return this
  }

  get description(): string {
    return `ready(${this.handle})`
  }

  /** The only scheduler in which the wait can happen; `undefined` where any will do. */
  get boundTo(): Parking | undefined {
    return undefined
  }

  [Symbol.iterator](): this {
    return this
  }

  next(sent?: unknown): IteratorResult<Effect<unknown>, void> {
    if (sent === undefined) return this
    return sent === START ? STARTED_BEFORE : RESUMED
  }

  throw(failure: unknown): never {
    throw failure
  }

  enter(...[resolve, routine]: Parameters<Effect<unknown>['enter']>): ReturnType<Effect<unknown>['enter']> {
    const parking = this.boundTo ?? routine.scope.get(ParkingContext)
    if (parking === undefined)
      throw new InvalidArgumentError(`${this.description} is yielded outside any scheduler's scope`)
    // What becomes ready is told in any asynchronous context, such as that of another client's request.
    const inContext = AsyncLocalStorage.snapshot()
    const undo = parking.onceReady(this.handle, (failure) =>
      inContext(resolve, failure === undefined ? Ok(RESUME) : Err(failure as Error)),
    )
    return (exited) => {
      undo()
      exited(Ok())
    }
  }
}

/** A `Ready` whose handle belongs to one scheduler, wherever it is yielded. */
export class ReadyAt extends Ready {
  constructor(
    handle: Handle,
    readonly parking: Parking,
  ) {
    super(handle)
  }

  override get boundTo(): Parking {
    return this.parking
  }

  /** Read only outside its scheduler. */
  override get description(): string {
    return `${this.parking.describe(this.handle)}, in another scheduler`
  }
}

/**
 * Waits until `handle` is ready. The handle stays open and ready; act on it before waiting for it again.
 *
 * @throws BadHandleError inside the coroutine, if the handle is not open or is closed while it waits.
 * @example
 * const taken = scheduler.spawn(function* () {
 *   yield* ready(handle)
 *   return source.take(handle)
 * })
 * console.log(await taken)
 */
export function ready(handle: Handle): Operation<void> {
  if (typeof handle !== 'number') throw new InvalidArgumentError(`a handle is a number, not ${printed(handle)}`)
  if (handle >>> 0 !== handle) throw new BadHandleError(handle)
  return new Ready(handle)
}
