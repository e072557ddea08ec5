/** A scheduler's place in Effection: the scope that it lives in, and that ends with it. */

import { createScope, ensure, type Operation, type Scope, suspend, until } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import type { Coroutine } from './coroutine.js'
import { type Parking, ParkingContext } from './ready.js'

/** What becomes of a scheduler when the scope ends. */
export interface Ending {
  /** Also whoever comes later is refused. Those that were not finished. */
  cancelEverybody(): readonly Coroutine<unknown>[]
  /** Hears of no handle any more. */
  stopWatching(): void
}

export class Structure {
  readonly scope: Scope
  /** Where foreign effects are performed. */
  readonly errands: Scope
  readonly end: () => Promise<void>
  readonly #ending: Ending

  constructor(parent: Scope | undefined, engine: Parking & Ending) {
    const [scope, end] = createScope(parent)
    // Made before the task that cancels everybody, this scope ends after it: `finally` blocks may still use it.
    const [errands] = createScope(scope)
    this.scope = scope
    this.errands = errands
    this.end = end
    this.#ending = engine
    scope.set(ParkingContext, engine)
    // A scope that ends before it has run this task, as one inside a busy Effection program can, only says so.
    scope.run(() => this.#untilScopeEnds()).catch(() => engine.cancelEverybody())
  }

  *#untilScopeEnds(): Operation<void> {
    yield* ensure(() => this.#unwind())
    yield* suspend()
  }

  *#unwind(): Operation<void> {
    const left = this.#ending.cancelEverybody()
    for (const coroutine of left) if (!coroutine.finished) yield* until(ended(coroutine))
    this.#ending.stopWatching()
  }
}

/** Throws `InvalidArgumentError` for what is no scope of Effection's. */
export function checkScope(given: Partial<Scope> | null): void {
  if (typeof given?.run !== 'function' || typeof given.get !== 'function')
    throw new InvalidArgumentError('scope must be an Effection scope')
}

/** Resolves when `coroutine` has finished, however. */
export function ended(coroutine: Coroutine<unknown>): Promise<unknown> {
  return coroutine.promise().then(
    () => undefined,
    () => undefined,
  )
}
