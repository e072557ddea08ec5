/** The Effection task that performs the foreign effects of one coroutine, in the scheduler's scope. */

import {
  createContext,
  type Effect,
  Err,
  Ok,
  type Operation,
  type Result,
  type Scope,
  type Task,
  useScope,
} from 'effection'
import { NotAnEffectError } from './not-an-effect-error.js'
import { Reducer } from './reducer.js'
import { type Resumption, UNWIND } from './steps.js'

/** Effection's own record of a running generator; an effect is given the one it runs in. */
type Routine = Parameters<Effect<unknown>['enter']>[1]

/** How an effect is undone. */
type Exit = ReturnType<Effect<unknown>['enter']>

/** Effection 4's error boundary, under Effection's own name: a task that fails calls `raise` on that of its owner's scope. */
const BoundaryContext = createContext<Boundary>('@effection/error-boundary')

interface Boundary {
  raise(failure: unknown): void
}

/** What an effect task tells of its own accord. */
export interface EffectTaskEvents {
  /** Something the coroutine has spawned has failed: by structured concurrency the coroutine fails too. */
  childFailed(failure: unknown): void
  /** Effection wants to leave an inner scope of the coroutine: the generator is to be resumed by `return`. */
  leaveScope(): void
  /** An effect was abandoned, and its undo, which took its time, has failed. */
  undoFailed(failure: unknown): void
}

/** What an undo threw, whatever it is. It is handed back, because throwing it on would stop a cancellation halfway. */
export interface Thrown {
  readonly value: unknown
}

/** The task starts at once. It, and what the coroutine spawns in it, live until the coroutine ends, or until `scope` ends. */
export class EffectTask {
  readonly #scope: Scope
  readonly #events: EffectTaskEvents
  readonly #reducer = new Reducer()
  readonly #task: Task<void>
  /** The effect to perform, or under way. */
  #current: ActiveEffect | undefined
  /** Wakes the idle task. */
  #wake: (() => void) | undefined
  /** What effects are given for the task's routine. */
  #exposed: Routine | undefined
  #state: 'open' | 'ending' | 'ended' = 'open'

  constructor(scope: Scope, events: EffectTaskEvents) {
    this.#scope = scope
    this.#events = events
    this.#task = this.#reducer.run(scope, () => this.#main())
  }

  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  /**
   * Whether the coroutine is in a critical section, which Effection lets nobody interrupt (the teardown of an inner scope), or
   * still has to unwind after one.
   */
  get isCritical(): boolean {
    const data = this.#exposed?.data
    return data !== undefined && (data.critical || data.unwinding)
  }

  /**
   * Whether the coroutine has to unwind because a critical section is over that an unwind had to wait for. If the inner scope
   * failed, its failure takes precedence: the next effect that the coroutine yields delivers it.
   */
  get mustUnwind(): boolean {
    const data = this.#exposed?.data
    return data !== undefined && !data.critical && data.unwinding
  }

  /** If the coroutine is in a critical section, has it unwind at the end of the section. */
  unwindLater(): void {
    if (this.#exposed?.data.critical) this.#exposed.data.unwinding = true
  }

  /** Performs `effect` and calls `deliver` with its result; at once, if the effect needs no event loop. */
  perform(effect: Effect<unknown>, deliver: (resumption: Resumption) => void): void {
    this.#current = new ActiveEffect(effect, { deliver, undoFailed: (failure) => this.#events.undoFailed(failure) })
    const wake = this.#wake
    this.#wake = undefined
    this.#reducer.release(wake)
  }

  /** The coroutine is about to move: its children stand still until it waits again, and then see all that it did. */
  hold(): void {
    this.#reducer.hold()
  }

  release(): void {
    this.#reducer.release()
  }

  /** The coroutine unwinds: undoes the effect under way, whose result is not delivered. Returns what the undo throws. */
  abandon(): Thrown | undefined {
    if (this.#exposed !== undefined) this.#exposed.data.unwinding = false
    const current = this.#current
    this.#current = undefined
    return current?.abandon()
  }

  /** Halts the task with all that was spawned in it, and calls `ended` when they are gone; not if the task has ended before. */
  end(ended: (failure?: unknown) => void): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#reducer.run(this.#scope, () => this.#halt(ended))
    this.#reducer.release()
  }

  /** Runs as a task: a task learns at once that another has ended, a promise only on the event loop. */
  *#halt(ended: (failure?: unknown) => void): Operation<void> {
    let failure: unknown
    try {
      yield* this.#task.halt()
    } catch (thrown) {
      failure = thrown
    }
    this.#state = 'ended'
    ended(failure)
  }

  *#main(): Operation<void> {
    try {
      // The coroutine's children belong to this task. By default a child that fails ends the task, before the coroutine has run
      // its `finally` blocks, and with a failure in place of the coroutine's own. This boundary reports the failure
      // instead: the task and the other children go on until the coroutine has ended.
      const scope = yield* useScope()
      scope.set(BoundaryContext, { raise: (failure) => this.#events.childFailed(failure) })
      yield* this.#performAll()
    } catch (failure) {
      if (this.#state !== 'open') throw failure
      this.#events.childFailed(failure)
    } finally {
      if (this.#state === 'open') this.#state = 'ended'
    }
  }

  *#performAll(): Operation<void> {
    for (;;) {
      const current = this.#current
      if (current === undefined) yield this.#idle()
      else {
        const resumption = yield* current.run((routine) => this.#expose(routine))
        if (this.#current !== current) continue
        this.#current = undefined
        current.deliver(this.#orUnwind(resumption))
      }
    }
  }

  /**
   * The routine that effects get to see in place of the task's own. Effects that open an inner scope (`scoped`, `race`,
   * `all`) keep that scope in it and ask it to unwind. Both concern the coroutine, whose generator contains these effects,
   * and not this task.
   */
  #expose(routine: Routine): Routine {
    this.#exposed ??= {
      ...routine,
      data: { ...routine.data, critical: false, unwinding: false },
      unwind: () => {
        if (this.#exposed?.data.critical) this.unwindLater()
        else this.#events.leaveScope()
      },
    }
    return this.#exposed
  }

  /** An unwind that had to wait for a critical section replaces the first result after it. A failure cancels the unwind. */
  #orUnwind(resumption: Resumption): Resumption {
    const data = this.#exposed?.data
    if (!data?.unwinding || (data.critical && resumption.method !== 'throw')) return resumption
    data.unwinding = false
    return resumption.method === 'throw' ? resumption : UNWIND
  }

  #idle(): Effect<unknown> {
    return {
      description: 'waiting for the next effect',
      enter: (resolve) => {
        this.#wake = () => resolve(Ok())
        return (exited) => {
          this.#wake = undefined
          exited(Ok())
        }
      },
    }
  }
}

/** Where an active effect reports. */
interface ActiveEffectEvents {
  readonly deliver: (resumption: Resumption) => void
  readonly undoFailed: (failure: unknown) => void
}

/** One effect under way, which can be abandoned. */
class ActiveEffect {
  readonly #effect: Effect<unknown>
  readonly #events: ActiveEffectEvents
  /** Has Effection undo the effect. */
  #undo: () => void = () => {}
  #thrown: Thrown | undefined
  #state: 'under way' | 'abandoned' = 'under way'

  constructor(effect: Effect<unknown>, events: ActiveEffectEvents) {
    this.#effect = effect
    this.#events = events
  }

  deliver(resumption: Resumption): void {
    this.#events.deliver(resumption)
  }

  /** Undoes the effect. Returns what the undo throws at once; an undo that fails later is reported by `undoFailed`. */
  abandon(): Thrown | undefined {
    this.#undo()
    this.#state = 'abandoned'
    this.deliver(UNWIND)
    return this.#thrown
  }

  *run(expose: (routine: Routine) => Routine): Generator<Effect<unknown>, Resumption, unknown> {
    const effect = this.#effect
    try {
      return {
        method: 'next',
        value: yield {
          description: effect.description,
          enter: (resolve, routine) => {
            this.#undo = () => resolve(Ok())
            const exit = effect.enter((result) => resolve(this.#checked(result)), expose(routine))
            return this.#guarded(exit)
          },
        },
      }
    } catch (failure) {
      return { method: 'throw', value: failure }
    }
  }

  #checked(result: Result<unknown>): Result<unknown> {
    return typeof result?.ok === 'boolean' ? result : Err(new NotAnEffectError(this.#effect))
  }

  #guarded(exit: Exit): Exit {
    if (typeof exit !== 'function') throw new NotAnEffectError(this.#effect)
    return (exited) => {
      const fail = (value: unknown) => {
        this.#thrown = { value }
        if (this.#state === 'abandoned') this.#events.undoFailed(value)
        exited(Err(value as Error))
      }
      try {
        exit((result) => (result.ok ? exited(result) : fail(result.error)))
      } catch (value) {
        fail(value)
      }
    }
  }
}
