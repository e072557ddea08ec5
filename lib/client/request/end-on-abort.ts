/** Connects an abort signal to a request, and after its answer to the answer's body. */

import { onAbort } from '../response/on-abort.js'
import type { PendingRequest } from './pending-request.js'

/** Cancels `pending` once `signal` aborts. If `pending` has its answer by then, the body is read no further. */
export function endOnAbort(pending: PendingRequest, signal: AbortSignal): void {
  if (signal.aborted) return pending.cancel(signal.reason)
  const undo = onAbort(signal, () => pending.cancel(signal.reason))
  pending.onFinish(() => {
    undo()
    if (pending.state === 'returned') pending.answer().endOnAbort(signal)
  })
}
