/** The language's own: async functions that await promises whose resolvers are kept. */

import { type Crowd, type Rival, worth } from '../crowd.js'

class AsyncCrowd implements Crowd {
  resumptions = 0
  readonly #resolvers: (() => void)[] = []
  readonly #promises: Promise<number>[] = []

  constructor(size: number) {
    for (let index = 0; index < size; index++) {
      const value = worth(index)
      const coroutine = async () => {
        await this.#handle(index)
        this.resumptions++
        await this.#handle(index)
        this.resumptions++
        return value
      }
      this.#promises.push(coroutine())
    }
  }

  settle(index: number): void {
    this.#resolvers[index]?.()
  }

  /** The reactions of what was settled are queued before this one. */
  async resume(): Promise<void> {}

  async collect(): Promise<number> {
    let sum = 0
    for (const promise of this.#promises) sum += await promise
    return sum
  }

  #handle(index: number): Promise<void> {
    return new Promise((resolve) => {
      this.#resolvers[index] = resolve
    })
  }
}

export const asyncAwait: Rival = { park: (size) => new AsyncCrowd(size) }
