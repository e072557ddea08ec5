/** A client of `node:http` that a request of a story is sent to. */

import type { PendingRequest } from '../../lib/index.js'
import type { Barrier } from '../kit/barrier.js'
import { startFront } from '../kit/front.js'

/** With this init a request goes past the cache in either policy. */
export const PAST = { cacheOverride: 'pass' } as const

/** Opens a barrier once the request is handed over. */
export function opening(barrier: Barrier): (handover: PromiseLike<void>) => void {
  return (handover) =>
    void handover.then(
      () => barrier.open(),
      () => {},
    )
}

/** What a client gets when a request is sent to it; `told` is called with the hand-over. */
export async function delivered(
  request: () => PendingRequest,
  told: (handover: PromiseLike<void>) => void = (handover) => void handover.then(undefined, () => {}),
): Promise<{ status: number; body: string; header: (name: string) => unknown }> {
  await using front = await startFront((_request, response) => told(request().sendToClient(response)))
  const { status, headers, body } = await front.get()
  return { status, body, header: (name) => headers[name] }
}
