/** The language's own: async functions that await promises whose resolvers are kept. */

import { type Crowd, type Rival, worth } from '../crowd.js'

/** Made once: the harness adds no more to each resumption than its own `await`. */
const DONE = Promise.resolve()

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

  /** The reactions of what was settled are queued before that of whoever awaits this. */
  resume(): Promise<void> {
    return DONE
  }

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
