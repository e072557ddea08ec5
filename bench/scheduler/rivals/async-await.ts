/** Async functions: each coroutine awaits a promise, and the crowd keeps the resolver of that promise. */

import { type Crowd, type Rival, returnValueOf } from '../crowd.js'

/** Made once, so that the harness adds only its own `await` to each resumption. */
const DONE = Promise.resolve()

class AsyncCrowd implements Crowd {
  resumptions = 0
  readonly #resolvers: (() => void)[] = []
  readonly #promises: Promise<number>[] = []

  constructor(size: number) {
    for (let index = 0; index < size; index++) {
      const value = returnValueOf(index)
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

  /** The coroutines' reactions are queued before that of the caller: when its `await` returns, they have run. */
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
