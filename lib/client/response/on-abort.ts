/** Connects abort signals to what they interrupt, without keeping forgotten bodies in memory. */

import { callSafely } from '../../base/call-safely.js'
import type { Undo } from '../../base/undo.js'

/** A body whose reading can be interrupted. */
interface Interruptible {
  interrupt(reason: unknown): void
}

/** Removes the signal's callback when a body is collected that was never read to its end. */
const forgotten = new FinalizationRegistry<Undo>((ignoreSignal) => ignoreSignal())

/** Interrupts `body` when `signal` aborts. A signal may outlive many bodies, so it holds `body` weakly. */
export function interruptOnAbort(body: Interruptible, signal: AbortSignal): Undo {
  const ignoreSignal = listen(new WeakRef(body), signal)
  forgotten.register(body, ignoreSignal, body)
  return () => {
    forgotten.unregister(body)
    ignoreSignal()
  }
}

/** A function of its own, so that the callback's scope holds only the weak reference. */
function listen(body: WeakRef<Interruptible>, signal: AbortSignal): Undo {
  return onAbort(signal, () => body.deref()?.interrupt(signal.reason))
}

/** One listener on a signal for all its callbacks. Adding a listener is linear: a signal first looks for a duplicate. */
class SharedListener {
  readonly #signal: AbortSignal
  readonly #callbacks = new Set<() => void>()
  readonly #abort = () => {
    listeners.delete(this.#signal)
    for (const abort of this.#callbacks) callSafely(abort)
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  join(abort: () => void): Undo {
    this.#callbacks.add(abort)
    return () => {
      if (this.#callbacks.delete(abort) && this.#callbacks.size === 0) this.#remove()
    }
  }

  #remove(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    listeners.delete(this.#signal)
  }
}

const listeners = new WeakMap<AbortSignal, SharedListener>()

/** Calls `abort` once, when `signal` aborts. */
export function onAbort(signal: AbortSignal, abort: () => void): Undo {
  let listener = listeners.get(signal)
  if (listener === undefined) {
    listener = new SharedListener(signal)
    listeners.set(signal, listener)
  }
  return listener.join(abort)
}
