/** Waiting for a promise, and leaving it: a promise itself keeps whoever listens until it settles, if it ever does. */

import { callSafely } from '../base/call-safely.js'
import { isPromise } from '../base/realms.js'
import type { Undo } from '../base/undo.js'
import type { Resumption } from './steps.js'

type Told = (resumption: Resumption) => void

/** All who wait for one promise, behind one pair of reactions, which can never be taken back. */
class Crowd {
  readonly #members = new Set<Told>()

  join(told: Told): Undo {
    this.#members.add(told)
    return () => this.#members.delete(told)
  }

  /** Once; whatever a thenable says after that, nobody is left to hear it. Whoever is told may make others leave. */
  tell(resumption: Resumption): void {
    for (const told of this.#members) {
      this.#members.delete(told)
      callSafely(() => told(resumption))
    }
  }
}

const crowds = new WeakMap<object, Crowd>()

/** Calls `told` once, unless that is undone, when `promise` has settled; at once, if it is a thenable that says so at once. */
export function onceSettled(promise: PromiseLike<unknown>, told: Told): Undo {
  const known = crowds.get(promise)
  if (known !== undefined) return known.join(told)
  const crowd = new Crowd()
  const leave = crowd.join(told)
  listen(promise, crowd)
  return leave
}

/** Apart, so that its closures have nobody of the crowd in their scope. Another thenable may begin anew each time it is asked. */
function listen(promise: PromiseLike<unknown>, crowd: Crowd): void {
  if (isPromise(promise)) crowds.set(promise, crowd)
  const settle = (resumption: Resumption) => {
    crowds.delete(promise)
    crowd.tell(resumption)
  }
  try {
    promise.then(
      (value) => settle({ method: 'next', value }),
      (value) => settle({ method: 'throw', value }),
    )
  } catch (value) {
    settle({ method: 'throw', value })
  }
}
