/** The ways to drive pendings to their ends, one or several of a cache, as promises of what they come to. */

import { run } from 'effection'
import type { Cache, HttpResponse, PendingRequest } from '../../lib/index.js'
import type { Pending, Settled } from '../../lib/scheduler/index.js'
import { Ends } from './ends.js'
import { Looks, lookAt, waited } from './looks.js'

export interface Driver {
  drive<T>(pending: Pending<T>): Promise<T>
  /** Several requests of one cache, for which it waits as one if it can. */
  together(cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[]
  /** Called again and again, for those that do not use the event loop. */
  look(): void
}

export type DriverName = 'await' | 'yield*' | 'poll' | 'wait' | 'mixed'

export function driver(name: DriverName): Driver {
  switch (name) {
    case 'await':
      return AWAIT
    case 'yield*':
      return YIELD
    case 'poll':
      return new Polling()
    case 'wait':
      return new Waiting()
    case 'mixed':
      return new Mixed()
  }
}

const AWAIT: Driver = {
  drive: (pending) => Promise.resolve(pending),
  together: (_cache, pendings) => pendings.map((pending) => Promise.resolve(pending)),
  look() {},
}

const YIELD: Driver = {
  drive: (pending) => promiseOf(() => run(() => pending)),
  together(cache, pendings) {
    const ends = new Ends(pendings)
    void allOf(cache.asCompleted(pendings), ends)
    return ends.promises
  },
  look() {},
}

async function allOf(each: AsyncIterable<Settled<HttpResponse>>, ends: Ends<HttpResponse>): Promise<void> {
  for await (const settled of each) ends.settle(settled)
}

/** A task of Effection's is not a promise. */
async function promiseOf<T>(start: () => PromiseLike<T>): Promise<T> {
  return await start()
}

/** The drivers that do not use the event loop. */
abstract class Looking implements Driver {
  protected readonly looks = new Looks()

  abstract drive<T>(pending: Pending<T>): Promise<T>
  abstract together(cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[]

  look(): void {
    this.looks.look()
  }
}

/** `poll`; of several, those that are there are taken by `completed`, which does not block then. */
class Polling extends Looking {
  drive<T>(pending: Pending<T>): Promise<T> {
    return this.looks.until(() => pending.poll())
  }

  together(cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[] {
    const ends = new Ends(pendings)
    let left = pendings
    this.looks.add(() => {
      for (const pending of left) lookAt(pending)
      for (const settled of cache.completed(left.filter(({ finished }) => finished))) ends.settle(settled)
      left = left.filter(({ finished }) => !finished)
      return left.length > 0 ? 'on' : 'over'
    })
    return ends.promises
  }
}

/** `wait`, and `select` for several. */
class Waiting extends Looking {
  drive<T>(pending: Pending<T>): Promise<T> {
    return this.looks.until((isFirst) => waited(isFirst, (options) => pending.wait(options)))
  }

  together(cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[] {
    const ends = new Ends(pendings)
    let left: readonly PendingRequest[] = pendings
    this.looks.add((isFirst) => {
      try {
        const selected = waited(isFirst, (options) => cache.select(left, options))
        if (!selected.ready) return 'on'
        const { index, value, rest } = selected.value
        ends.resolve(left[index] as PendingRequest, value)
        left = rest
      } catch (failure) {
        // Of those that are over, the first.
        const failed = left.find(({ finished }) => finished) as PendingRequest
        ends.reject(failed, failure)
        left = left.filter((pending) => pending !== failed)
      }
      return left.length > 0 ? 'on' : 'over'
    })
    return ends.promises
  }
}

/** Polls a while, and awaits from then on. */
class Handing extends Looking {
  drive<T>(pending: Pending<T>): Promise<T> {
    let looks = 0
    const looked = this.looks.until<unknown>(() => (looks++ < 2 ? pending.poll() : { ready: true, value: 'enough' }))
    return looked.then(() => pending)
  }

  together(_cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[] {
    return pendings.map((pending) => this.drive(pending))
  }
}

/** All of them by turns. */
class Mixed implements Driver {
  readonly #drivers: readonly Driver[] = [AWAIT, new Polling(), YIELD, new Waiting(), new Handing()]
  #nth = 0

  drive<T>(pending: Pending<T>): Promise<T> {
    return this.#next.drive(pending)
  }

  together(cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[] {
    return this.#next.together(cache, pendings)
  }

  look(): void {
    for (const driver of this.#drivers) driver.look()
  }

  get #next(): Driver {
    return this.#drivers[this.#nth++ % this.#drivers.length] as Driver
  }
}
