/** Pendings that are looked at again and again, without the event loop. */

import { TimeoutError, WouldDeadlockError } from '../../lib/index.js'
import type { Pending, Poll, WaitOptions } from '../../lib/scheduler/index.js'

/** `isFirst` may block: that drives the others as well. */
type Look = (isFirst: boolean) => 'on' | 'over'

export class Looks {
  readonly #looks = new Set<Look>()

  /** Looks at once, and then whenever it is asked to, until it is over. */
  add(look: Look): void {
    if (look(false) === 'on') this.#looks.add(look)
  }

  /** What `poll` comes to, or throws. */
  until<T>(poll: (isFirst: boolean) => Poll<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add((isFirst) => {
        try {
          const result = poll(isFirst)
          if (!result.ready) return 'on'
          resolve(result.value)
        } catch (failure) {
          reject(failure)
        }
        return 'over'
      })
    })
  }

  look(): void {
    for (const [nth, look] of [...this.#looks].entries()) if (look(nth === 0) === 'over') this.#looks.delete(look)
  }
}

/** What `wait` gives in no time, or in hardly any. */
export function waited<T>(isFirst: boolean, wait: (options: WaitOptions) => T): Poll<T> {
  try {
    return { ready: true, value: wait({ timeoutMs: isFirst ? 1 : 0 }) }
  } catch (failure) {
    // It has not come, or needs the event loop: what a transform writes, for one.
    if (failure instanceof TimeoutError || failure instanceof WouldDeadlockError) return { ready: false }
    throw failure
  }
}

/** Moves it as far as it can; its end is told to its driver. */
export function lookAt(pending: Pending<unknown>): void {
  try {
    pending.poll()
  } catch {
    // Its failure, too.
  }
}
