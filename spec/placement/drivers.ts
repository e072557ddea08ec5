/** The ways to drive a pending to its end, each as a promise of what it comes to. */

import { run } from 'effection'
import { TimeoutError, WouldDeadlockError } from '../../lib/index.js'
import type { Pending, Poll } from '../../lib/scheduler/index.js'

export interface Driver {
  drive<T>(pending: Pending<T>): Promise<T>
  /** Called again and again, for those that do not use the event loop. */
  look(): void
}

export type DriverName = 'await' | 'yield*' | 'poll' | 'wait'

export function driver(name: DriverName): Driver {
  switch (name) {
    case 'await':
      return { drive: (pending) => Promise.resolve(pending), look() {} }
    case 'yield*':
      return { drive: (pending) => promiseOf(() => run(() => pending)), look() {} }
    case 'poll':
      return new Looking((pending) => pending.poll())
    case 'wait':
      return new Looking(waited)
  }
}

/** A task of Effection's is not a promise. */
async function promiseOf<T>(start: () => PromiseLike<T>): Promise<T> {
  return await start()
}

/** Only the first blocks: it drives the others as well. */
function waited<T>(pending: Pending<T>, isFirst: boolean): Poll<T> {
  try {
    return { ready: true, value: pending.wait({ timeoutMs: isFirst ? 1 : 0 }) }
  } catch (failure) {
    // It has not come, or needs the event loop: what a transform writes, for one.
    if (failure instanceof TimeoutError || failure instanceof WouldDeadlockError) return { ready: false }
    throw failure
  }
}

class Looking implements Driver {
  readonly #looks = new Set<(isFirst: boolean) => void>()

  constructor(private readonly poll: <T>(pending: Pending<T>, isFirst: boolean) => Poll<T>) {}

  drive<T>(pending: Pending<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (isFirst: boolean) => {
        try {
          const result = this.poll(pending, isFirst)
          if (!result.ready) return
          resolve(result.value)
        } catch (failure) {
          reject(failure)
        }
        this.#looks.delete(look)
      }
      this.#looks.add(look)
      look(false)
    })
  }

  look(): void {
    for (const [nth, look] of [...this.#looks].entries()) look(nth === 0)
  }
}
