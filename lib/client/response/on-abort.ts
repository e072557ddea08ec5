/** An abort signal's hold on what is under way, a body above all. */

import type { Undo } from '../../base/undo.js'

/** A body that can be broken off. */
interface Interruptible {
  interrupt(reason: unknown): void
}

/** A signal may outlive many bodies: it does not keep those that were forgotten half read. */
export function interruptOnAbort(body: Interruptible, signal: AbortSignal): Undo {
  return listen(new WeakRef(body), signal)
}

/** Apart, so that the listener has nothing in its scope but the weak reference. */
function listen(body: WeakRef<Interruptible>, signal: AbortSignal): Undo {
  return onAbort(signal, () => body.deref()?.interrupt(signal.reason))
}

/** Calls `abort` once, when `signal` aborts. */
export function onAbort(signal: AbortSignal, abort: () => void): Undo {
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}
