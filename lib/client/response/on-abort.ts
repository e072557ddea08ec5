/** An abort signal's hold on what is under way, a body above all. */

import { callSafely } from '../../base/call-safely.js'
import type { Undo } from '../../base/undo.js'

/** A body that can be broken off. */
interface Interruptible {
  interrupt(reason: unknown): void
}

/** Of bodies that were forgotten half read. */
const forgotten = new FinalizationRegistry<Undo>((ignoreSignal) => ignoreSignal())

/** A signal may outlive many bodies: it does not keep those that were forgotten, nor anything of them. */
export function interruptOnAbort(body: Interruptible, signal: AbortSignal): Undo {
  const ignoreSignal = listen(new WeakRef(body), signal)
  forgotten.register(body, ignoreSignal, body)
  return () => {
    forgotten.unregister(body)
    ignoreSignal()
  }
}

/** Apart, so that the listener has nothing in its scope but the weak reference. */
function listen(body: WeakRef<Interruptible>, signal: AbortSignal): Undo {
  return onAbort(signal, () => body.deref()?.interrupt(signal.reason))
}

/** All who wait for one signal, behind one listener: of each that it is given, a signal looks first whether it has it already. */
class Crowd {
  readonly #signal: AbortSignal
  readonly #members = new Set<() => void>()
  readonly #abort = () => {
    crowds.delete(this.#signal)
    for (const abort of this.#members) callSafely(abort)
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  join(abort: () => void): Undo {
    this.#members.add(abort)
    return () => {
      if (this.#members.delete(abort) && this.#members.size === 0) this.#disperse()
    }
  }

  #disperse(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    crowds.delete(this.#signal)
  }
}

const crowds = new WeakMap<AbortSignal, Crowd>()

/** Calls `abort` once, when `signal` aborts. */
export function onAbort(signal: AbortSignal, abort: () => void): Undo {
  let crowd = crowds.get(signal)
  if (crowd === undefined) {
    crowd = new Crowd(signal)
    crowds.set(signal, crowd)
  }
  return crowd.join(abort)
}
