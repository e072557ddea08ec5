/** Steps the tasks that carry foreign effects, also while a task of the Effection program around them is on the stack. */

import { createContext, type Effect, type Operation, type Scope, type Task } from 'effection'
import { Generations } from './generations.js'

type Routine = Parameters<Effect<unknown>['enter']>[1]
type Settle = Routine['settle']
type Outcome = Parameters<Settle>[0]

/**
 * Effection steps all tasks of a process from one reducer, which is never entered twice: a coroutine that is polled inside
 * a task would get nowhere until that task has come to rest. But each task asks its scope for the reducer, under this
 * name, so the tasks of a scope can be given another. The names below are those of Effection 4.
 */
const ReducerContext = createContext<Reducer>('@effection/reducer')
/** How deep a scope lies. Outer tasks go first. */
const GenerationContext = createContext<number>('@effection/scope.generation', 0)
const SettleContext = createContext<(outcome: Outcome, settle: Settle) => void>(
  '@effection/coroutine.settle',
  (outcome, settle) => settle(outcome),
)

export class Reducer {
  /** In the order they are stepped. */
  readonly #queue = new Generations<Routine>()
  #state: 'resting' | 'reducing' = 'resting'
  #order: 'go' | 'hold' = 'go'

  /** Runs `operation` in `scope`; it, and every task below it, is stepped by this reducer. */
  run(scope: Scope, operation: () => Operation<void>): Task<void> {
    scope.set(ReducerContext, this)
    const reducer = this
    return scope.run(function* () {
      yield* ReducerContext.set(reducer)
      yield* operation()
    })
  }

  /** What Effection asks of a reducer: to step `routine`, now if nothing is being stepped here, else afterwards. */
  schedule(routine: Routine): void {
    this.#enqueue(routine)
    this.#drain()
  }

  /** Nobody is stepped from now on. In Effection a parent goes before its children, and this one goes elsewhere. */
  hold(): void {
    this.#order = 'hold'
  }

  /** Until here. What `first` schedules may hold them again, before they have their turn. */
  release(first?: () => void): void {
    this.#order = 'go'
    first?.()
    this.#drain()
  }

  #drain(): void {
    if (this.#state === 'reducing') return
    this.#state = 'reducing'
    try {
      while (this.#order === 'go') {
        const next = this.#queue.take()
        if (next === undefined) return
        this.#step(next)
      }
    } finally {
      this.#state = 'resting'
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
