/** The result of a pending request: a response, where it came from, and what the cache knows of it. */

import type { ResponseHead } from '../http/message.js'
import type { Handle, Pending } from '../scheduler/index.js'
import type { FoundStanding, LookupReport, ObjectReport } from './host.js'
import type { SendError } from './send-error.js'

/**
 * | source | how the response came about (semantics 7.6) |
 * |---|---|
 * | hit, stale, stale-if-error | found by the lookup, or chosen after a failure |
 * | insert, update | fetched by this request, and stored |
 * | uncached | fetched by this request as leader, and not stored |
 * | direct | fetched past the cache |
 * | refused | a 504 made here: `only-if-cached`, and nothing stored could be used |
 */
export type AnswerSource = 'hit' | 'stale' | 'stale-if-error' | 'insert' | 'update' | 'uncached' | 'direct' | 'refused'

export interface Answer {
  readonly source: AnswerSource
  readonly head: ResponseHead
  /** Absent if there is no body, as in a refusal. */
  readonly body: Handle | undefined
  /** What the cache knows of the stored object; absent if the response is not stored. */
  readonly object: ObjectReport | undefined
  /** Present if the host lends the response: while the standing holds, this thread may give it again. */
  readonly standing?: FoundStanding | undefined
  /** The report of the lookup; absent if there was no lookup. */
  readonly lookup: LookupReport | undefined
  /** The status of the origin's answer, if this request fetched. */
  readonly forwardStatus: number | undefined
  readonly maskedError: SendError | undefined
  readonly revalidation: Pending<void> | undefined
}

/** How many more seconds the object is fresh; negative if it has been stale that long. After a soft purge, never positive. */
export function freshForSeconds({ maxAgeMs, ageMs, isPast }: ObjectReport): number {
  const leftMs = maxAgeMs - ageMs
  return (isPast ? Math.min(leftMs, 0) : leftMs) / 1000
}

/** Whether the answer comes from the cache (`wasCached`, and `HIT` in `x-cache`; semantics 7.6, 8.5). */
export function isServedFromCache(source: AnswerSource): boolean {
  return source === 'hit' || source === 'stale' || source === 'stale-if-error'
}
