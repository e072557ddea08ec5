/** Listens for a promise to settle, and can stop: a promise itself keeps its reactions until it settles, if it ever does. */

import { callSafely } from '../base/call-safely.js'
import { isPromise } from '../base/realms.js'
import type { Undo } from '../base/undo.js'
import type { Resumption } from './steps.js'

type Listener = (resumption: Resumption) => void

/** All listeners of one promise. They share one pair of reactions, because a reaction can never be taken back. */
class Listeners {
  readonly #listeners = new Set<Listener>()

  add(listener: Listener): Undo {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Calls each listener once. A listener may remove others, which are not called then. Each is taken out first, so a
   * thenable that settles twice calls nobody twice.
   */
  notify(resumption: Resumption): void {
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener)
      callSafely(() => listener(resumption))
    }
  }
}

const listenersOf = new WeakMap<object, Listeners>()

/** Calls `listener` once when `promise` has settled, unless undone before. A thenable may settle, and call it, at once. */
export function onceSettled(promise: PromiseLike<unknown>, listener: Listener): Undo {
  const known = listenersOf.get(promise)
  if (known !== undefined) return known.add(listener)
  const listeners = new Listeners()
  const undo = listeners.add(listener)
  react(promise, listeners)
  return undo
}

/**
 * A function of its own, so that the reactions, which a promise may keep for ever, hold no listener in their scope. Only real
 * promises are shared: another thenable may begin anew each time `then` is called.
 */
function react(promise: PromiseLike<unknown>, listeners: Listeners): void {
  if (isPromise(promise)) listenersOf.set(promise, listeners)
  const settle = (resumption: Resumption) => {
    listenersOf.delete(promise)
    listeners.notify(resumption)
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
