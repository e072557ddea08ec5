/** Fibers of `effect` in their fastest form: parked by `Effect.callback`, composed by `flatMap`, which is far faster than `gen`. */

import { Effect, Exit, type Fiber } from 'effect'
import { type Crowd, type Rival, returnValueOf } from '../crowd.js'

type Resume = (effect: Effect.Effect<void>) => void

class EffectCrowd implements Crowd {
  resumptions = 0
  readonly #resumes: Resume[] = []
  readonly #fibers: Fiber.Fiber<number>[] = []

  constructor(size: number) {
    for (let index = 0; index < size; index++) {
      const value = returnValueOf(index)
      const parked = Effect.callback<void>((resume) => {
        this.#resumes[index] = resume
      })
      const coroutine = Effect.flatMap(parked, () => {
        this.resumptions++
        return Effect.map(parked, () => {
          this.resumptions++
          return value
        })
      })
      this.#fibers.push(Effect.runFork(coroutine))
    }
  }

  /** The fiber runs on inside this call. */
  settle(index: number): void {
    this.#resumes[index]?.(Effect.void)
  }

  resume(): void {}

  collect(): number {
    let sum = 0
    for (const fiber of this.#fibers) {
      const exit = fiber.pollUnsafe()
      if (exit === undefined || !Exit.isSuccess(exit)) throw new Error('still parked')
      sum += exit.value
    }
    return sum
  }
}

export const effect: Rival = { park: (size) => new EffectCrowd(size) }
