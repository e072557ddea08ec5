/** A stored object as one request finds it at one moment: its numbers, and its head adapted to that request. */

import type { Snapshot } from '../cache/snapshot.js'
import { currentAgeSeconds } from '../http/age.js'
import { type AdaptedResponse, adapt } from '../http/client.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import type { ObjectReport } from '../pending/host.js'

/** One moment on both scales of a clock. */
export interface Moment {
  readonly nowMs: number
  readonly nowWallMs: number
}

export function reported(object: Snapshot): ObjectReport {
  const { ageMs, isPast, maxAgeMs, swrMs, sieMs, hits, varyNames, surrogateKeys, sensitive } = object
  return { ageMs, isPast, maxAgeMs, swrMs, sieMs, hits, varyNames, surrogateKeys, sensitive }
}

/** What a leader may validate or complete: not a body that is still coming, for that could not be kept (semantics 4.1-3). */
export function validatable(object: Snapshot | undefined): ResponseHead | undefined {
  return object?.body.phase === 'complete' ? object.head : undefined
}

/** The response to `request`, which part of the stored body goes with it, and the age it tells. */
export function adapted(
  request: RequestHead,
  object: Snapshot,
  policy: Policy,
  moment: Moment,
): AdaptedResponse & { readonly ageSeconds: number } {
  const { head, body, storedAtMs } = object
  const receivedWallMs = moment.nowWallMs - (moment.nowMs - storedAtMs)
  const ageSeconds = agedSeconds(object, policy, receivedWallMs, moment.nowWallMs)
  return { ...adapt(request, { head, ageSeconds, length: body.length, receivedWallMs }, policy), ageSeconds }
}

/** The `Age` field counts the answer's `Date` even where freshness does not (semantics 8.3a). */
function agedSeconds(object: Snapshot, policy: Policy, receivedWallMs: number, nowWallMs: number): number {
  if (policy.initialAge === 'corrected') return object.ageMs / 1000
  const { fields } = object.head
  return currentAgeSeconds({ fields, requestWallMs: receivedWallMs, responseWallMs: receivedWallMs }, nowWallMs)
}
