/** An abort signal's hold on a request, and from its answer on, on what its caller reads. */

import { onAbort } from '../response/on-abort.js'
import type { PendingRequest } from './pending-request.js'

/** Cancels `pending` once `signal` aborts; what has its answer by then is read no further. */
export function endOnAbort(pending: PendingRequest, signal: AbortSignal): void {
  if (signal.aborted) return pending.cancel(signal.reason)
  const undo = onAbort(signal, () => pending.cancel(signal.reason))
  pending.onFinish(() => {
    undo()
    if (pending.state === 'returned') pending.answer().endOnAbort(signal)
  })
}
