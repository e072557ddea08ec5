/** The Effection scope of a scheduler: when it ends, every coroutine is cancelled first. */

import { createScope, ensure, type Operation, type Scope, suspend, until } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import type { Coroutine } from './coroutine.js'
import { type Parking, ParkingContext } from './ready.js'

/** What the scope asks of the engine when it ends. */
export interface Closable {
  /** Cancels every coroutine, returns those that have yet to finish, and admits no new one. */
  cancelAll(): readonly Coroutine<unknown>[]
  /** Stops watching the source of readiness. */
  stopWatching(): void
}

export class SchedulerScope {
  readonly scope: Scope
  /** The inner scope in which foreign effects are performed. */
  readonly effectScope: Scope
  readonly end: () => Promise<void>
  readonly #engine: Closable

  constructor(parent: Scope | undefined, engine: Parking & Closable) {
    const [scope, end] = createScope(parent)
    // A scope ends its children in reverse order. This one is made before the task that cancels the coroutines, so it ends after
    // that task, and their `finally` blocks can still have foreign effects performed.
    const [effectScope] = createScope(scope)
    this.scope = scope
    this.effectScope = effectScope
    this.end = end
    this.#engine = engine
    scope.set(ParkingContext, engine)
    // Inside a busy Effection program the scope can end before the task has begun; the task then only rejects.
    scope.run(() => this.#untilScopeEnds()).catch(() => engine.cancelAll())
  }

  *#untilScopeEnds(): Operation<void> {
    yield* ensure(() => this.#unwind())
    yield* suspend()
  }

  *#unwind(): Operation<void> {
    const left = this.#engine.cancelAll()
    for (const coroutine of left) yield* until(ended(coroutine))
    this.#engine.stopWatching()
  }
}

/** Throws `InvalidArgumentError` for anything but an Effection scope. */
export function checkScope(given: Partial<Scope> | null): void {
  if (typeof given?.run !== 'function' || typeof given.get !== 'function')
    throw new InvalidArgumentError('scope must be an Effection scope')
}

/** Resolves when `coroutine` has finished, whether or not it has failed. */
export function ended(coroutine: Coroutine<unknown>): Promise<unknown> {
  return coroutine.promise().then(
    () => undefined,
    () => undefined,
  )
}
