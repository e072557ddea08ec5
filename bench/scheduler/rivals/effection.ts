/** Tasks of Effection in one scope, each parked on an action. */

import { action, createScope, type Operation, type Task } from 'effection'
import { type Crowd, type Rival, returnValueOf } from '../crowd.js'

class EffectionCrowd implements Crowd {
  resumptions = 0
  readonly #resolvers: (() => void)[] = []
  readonly #tasks: Task<number>[] = []
  readonly #scope = createScope()

  constructor(size: number) {
    const [scope] = this.#scope
    for (let index = 0; index < size; index++)
      this.#tasks.push(scope.run(() => this.#parkTwice(index, returnValueOf(index))))
  }

  /** The task runs on inside this call. */
  settle(index: number): void {
    this.#resolvers[index]?.()
  }

  resume(): void {}

  async collect(): Promise<number> {
    const [scope, end] = this.#scope
    const sum = await scope.run(() => this.#sum())
    await end()
    return sum
  }

  *#parkTwice(index: number, value: number): Operation<number> {
    yield* this.#handle(index)
    this.resumptions++
    yield* this.#handle(index)
    this.resumptions++
    return value
  }

  *#sum(): Operation<number> {
    let sum = 0
    for (const task of this.#tasks) sum += yield* task
    return sum
  }

  #handle(index: number): Operation<void> {
    return action((resolve) => {
      this.#resolvers[index] = resolve
      return () => {}
    })
  }
}

export const effection: Rival = { park: (size) => new EffectionCrowd(size) }
