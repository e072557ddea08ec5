/** Steps the tasks that perform foreign effects, also while Effection's own reducer is busy further up the stack. */

import { createContext, type Effect, type Operation, type Scope, type Task } from 'effection'
import { Generations } from './generations.js'

type Routine = Parameters<Effect<unknown>['enter']>[1]
type Settle = Routine['settle']
type Outcome = Parameters<Settle>[0]

/**
 * Effection steps all tasks of a process from one reducer, which is never re-entered: the foreign effects of a coroutine that
 * is polled inside a task would not be performed until that task waits. But each task looks up its reducer in its scope, under
 * this name, so the tasks of a scope can be given another one. The names here are those of Effection 4.
 */
const ReducerContext = createContext<Reducer>('@effection/reducer')
/** How deeply a scope is nested. The tasks of outer scopes are stepped first. */
const GenerationContext = createContext<number>('@effection/scope.generation', 0)
const SettleContext = createContext<(outcome: Outcome, settle: Settle) => void>(
  '@effection/coroutine.settle',
  (outcome, settle) => settle(outcome),
)

export class Reducer {
  readonly #queue = new Generations<Routine>()
  #state: 'idle' | 'reducing' = 'idle'
  /** Whether tasks may be stepped. */
  #gate: 'open' | 'held' = 'open'

  /** Runs `operation` as a task of `scope`. This reducer steps that task and all its descendants. */
  run(scope: Scope, operation: () => Operation<void>): Task<void> {
    scope.set(ReducerContext, this)
    const reducer = this
    return scope.run(function* () {
      yield* ReducerContext.set(reducer)
      yield* operation()
    })
  }

  /** The method that Effection calls: steps `routine` now, or later if this reducer is held or is stepping another. */
  schedule(routine: Routine): void {
    this.#enqueue(routine)
    this.#drain()
  }

  /**
   * Steps no task until `release`. Effection steps a parent before its children; here the parent is a coroutine, which the
   * scheduler steps, so its children are held meanwhile.
   */
  hold(): void {
    this.#gate = 'held'
  }

  /** Ends `hold`. A task that `first` schedules may hold the others again before they have their turn. */
  release(first?: () => void): void {
    this.#gate = 'open'
    first?.()
    this.#drain()
  }

  #drain(): void {
    if (this.#state === 'reducing') return
    this.#state = 'reducing'
    try {
      while (this.#gate === 'open') {
        const next = this.#queue.take()
        if (next === undefined) return
        this.#step(next)
      }
    } finally {
      this.#state = 'idle'
    }
  }

  #enqueue(routine: Routine): void {
    if (routine.data.enqueued) return
    routine.data.enqueued = true
    this.#queue.push(routine, routine.scope.expect(GenerationContext))
  }

  #step(routine: Routine): void {
    routine.data.enqueued = false
    try {
      const { done, value } = routine.step()
      if (done) this.#settle(routine, { ok: true, value })
      else routine.perform(value)
    } catch (error) {
      this.#settle(routine, { ok: false, error: error as Error })
    }
  }

  #settle(routine: Routine, value: { ok: true; value: unknown } | { ok: false; error: Error }): void {
    routine.scope.expect(SettleContext)({ exists: true, value }, routine.settle)
  }
}
