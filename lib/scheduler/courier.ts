/** Foreign effects of one coroutine, performed for it by an Effection task of its own in the scheduler's scope. */

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

/** The Effection coroutine that an effect is told it runs in. */
type Routine = Parameters<Effect<unknown>['enter']>[1]

/** How an effect is undone. */
type Exit = ReturnType<Effect<unknown>['enter']>

/** Where a task tells that it has failed: each asks the scope it was started in, under this name, which is Effection 4's. */
const BoundaryContext = createContext<Boundary>('@effection/error-boundary')

interface Boundary {
  raise(failure: unknown): void
}

/** What a courier tells whoever sent it, unasked. */
export interface Messages {
  /** Something the coroutine has spawned failed: by structured concurrency the coroutine fails too. */
  crashed(failure: unknown): void
  /** An inner scope of the coroutine is to be left: the next it hears is `return`. */
  unwind(): void
  /** The undo of an effect that was abandoned before has taken its time, and has failed. */
  undoFailed(failure: unknown): void
}

/** What an undo threw: to throw it on from there would leave halfway whoever cancels. */
export interface Thrown {
  readonly value: unknown
}

/** Starts its task with the first effect; the task, and what was spawned in it, live until the coroutine ends. */
export class Courier {
  readonly #scope: Scope
  readonly #messages: Messages
  readonly #reducer = new Reducer()
  readonly #task: Task<void>
  #errand: Errand | undefined
  #wake: (() => void) | undefined
  #seat: Routine | undefined
  #state: 'open' | 'leaving' | 'home' = 'open'

  constructor(scope: Scope, messages: Messages) {
    this.#scope = scope
    this.#messages = messages
    this.#task = this.#reducer.run(scope, () => this.#shielded())
  }

  get isHome(): boolean {
    return this.#state === 'home'
  }

  /**
   * Whether the coroutine is in a section that Effection does not let anybody interrupt, the end of an inner scope, or has
   * yet to unwind after one.
   */
  get isCritical(): boolean {
    const data = this.#seat?.data
    return data !== undefined && (data.critical || data.unwinding)
  }

  /** Whether a section is over that it was to leave. What it waits for next may be how that has failed, which comes first. */
  get hasToUnwind(): boolean {
    const data = this.#seat?.data
    return data !== undefined && !data.critical && data.unwinding
  }

  /** Has the coroutine unwind when its critical section is over, if it is in one. */
  unwindLater(): void {
    if (this.#seat?.data.critical) this.#seat.data.unwinding = true
  }

  /** Performs `effect` and says how to go on; at once, if the effect needs no event loop. */
  perform(effect: Effect<unknown>, deliver: (resumption: Resumption) => void): void {
    this.#errand = new Errand(effect, { deliver, undoFailed: (failure) => this.#messages.undoFailed(failure) })
    const wake = this.#wake
    this.#wake = undefined
    this.#reducer.release(wake)
  }

  /** The coroutine is about to move: what it has spawned stands still until it waits again, and meets what it did until then. */
  hold(): void {
    this.#reducer.hold()
  }

  release(): void {
    this.#reducer.release()
  }

  /**
   * The coroutine unwinds: undoes the effect under way, whose result is never delivered. What the undo throws is for the
   * caller to pass on.
   */
  abandon(): Thrown | undefined {
    if (this.#seat !== undefined) this.#seat.data.unwinding = false
    const errand = this.#errand
    this.#errand = undefined
    return errand?.leave()
  }

  /** Ends the task and all that was spawned in it, and calls `home` when they are gone. */
  recall(home: (failure?: unknown) => void): void {
    if (this.#state !== 'open') return
    this.#state = 'leaving'
    this.#reducer.run(this.#scope, () => this.#return(home))
    this.#reducer.release()
  }

  /** As a task, because a task hears of another's end at once, and a promise only on the event loop. */
  *#return(home: (failure?: unknown) => void): Operation<void> {
    let failure: unknown
    try {
      yield* this.#task.halt()
    } catch (thrown) {
      failure = thrown
    }
    this.#state = 'home'
    home(failure)
  }

  *#shielded(): Operation<void> {
    try {
      // What the coroutine spawns belongs to this task, and what fails there would end the task: before the coroutine has
      // run its `finally` blocks, and instead of what it throws itself. It is told, and the rest goes on until it has ended.
      const scope = yield* useScope()
      scope.set(BoundaryContext, { raise: (failure) => this.#messages.crashed(failure) })
      yield* this.#route()
    } catch (failure) {
      if (this.#state !== 'open') throw failure
      this.#messages.crashed(failure)
    } finally {
      if (this.#state === 'open') this.#state = 'home'
    }
  }

  *#route(): Operation<void> {
    for (;;) {
      const errand = this.#errand
      if (errand === undefined) yield this.#idle()
      else {
        const resumption = yield* errand.run((routine) => this.#seatIn(routine))
        if (this.#errand !== errand) continue
        this.#errand = undefined
        errand.deliver(this.#unwound(resumption))
      }
    }
  }

  /**
   * What effects get to see of the task. Those that open an inner scope (`scoped`, `race`, `all`) keep it there and ask
   * it to unwind: that concerns the coroutine, whose generator they are part of, and not the courier.
   */
  #seatIn(routine: Routine): Routine {
    this.#seat ??= {
      ...routine,
      data: { ...routine.data, critical: false, unwinding: false },
      unwind: () => {
        if (this.#seat?.data.critical) this.unwindLater()
        else this.#messages.unwind()
      },
    }
    return this.#seat
  }

  /** An unwinding that had to wait for a critical section takes place when the section has ended; a failure replaces it. */
  #unwound(resumption: Resumption): Resumption {
    const data = this.#seat?.data
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

/** What an errand tells of its effect. */
interface ErrandWords {
  readonly deliver: (resumption: Resumption) => void
  readonly undoFailed: (failure: unknown) => void
}

/** One effect under way, that can be told to give up. */
class Errand {
  readonly #effect: Effect<unknown>
  readonly #tell: ErrandWords
  #abandon: () => void = () => {}
  #thrown: Thrown | undefined
  #state: 'under way' | 'left' = 'under way'

  constructor(effect: Effect<unknown>, tell: ErrandWords) {
    this.#effect = effect
    this.#tell = tell
  }

  deliver(resumption: Resumption): void {
    this.#tell.deliver(resumption)
  }

  /** Undoes the effect. What the undo throws at once is returned; what it fails with later is told. */
  leave(): Thrown | undefined {
    this.#abandon()
    this.#state = 'left'
    this.deliver(UNWIND)
    return this.#thrown
  }

  *run(seat: (routine: Routine) => Routine): Generator<Effect<unknown>, Resumption, unknown> {
    const effect = this.#effect
    try {
      return {
        method: 'next',
        value: yield {
          description: effect.description,
          enter: (resolve, routine) => {
            this.#abandon = () => resolve(Ok())
            const exit = effect.enter((result) => resolve(this.#checked(result)), seat(routine))
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
        if (this.#state === 'left') this.#tell.undoFailed(value)
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
