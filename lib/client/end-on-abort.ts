/** An abort signal's hold on a request, and from its answer on, on the body. */

import { setMaxListeners } from 'node:events'
import type { Undo } from '../base/body.js'
import type { PendingRequest } from './pending-request.js'

/** Cancels `pending` once `signal` aborts; what has its answer by then is read no further. */
export function endOnAbort(pending: PendingRequest, signal: AbortSignal): void {
  if (signal.aborted) return pending.cancel(signal.reason)
  // One signal may go with any number of requests; the platform's own fetch lifts the limit of warnings as well.
  setMaxListeners(0, signal)
  const undo = onAbort(signal, () => pending.cancel(signal.reason))
  pending.onFinish(() => {
    undo()
    if (pending.state === 'returned') pending.answer().endOnAbort(signal)
  })
}

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

function onAbort(signal: AbortSignal, abort: () => void): Undo {
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}
