/** What a pending request ends in: a response, where it came from, and what the cache knows of it. */

import type { ResponseHead } from '../http/message.js'
import type { Handle, Pending } from '../scheduler/index.js'
import type { FoundStanding, LookupReport, ObjectReport } from './host.js'
import type { SendError } from './send-error.js'

/**
 * | source | how the response came about (semantics 7.6) |
 * |---|---|
 * | hit, stale, stale-if-error | found by the lookup, or chosen after a failure |
 * | insert, update | fetched by this request, and stored |
 * | uncached | fetched by this request as leader, not stored |
 * | direct | fetched past the cache |
 * | refused | made here: `only-if-cached`, and nothing was (504) |
 */
export type AnswerSource = 'hit' | 'stale' | 'stale-if-error' | 'insert' | 'update' | 'uncached' | 'direct' | 'refused'

export interface Answer {
  readonly source: AnswerSource
  readonly head: ResponseHead
  /** Absent where there is no body, as in a refusal. */
  readonly body: Handle | undefined
  /** The numbers of the stored object; absent for what is not stored. */
  readonly object: ObjectReport | undefined
  /** For how long the same may be answered again. */
  readonly standing?: FoundStanding | undefined
  /** What the lookup said; absent where there was none. */
  readonly lookup: LookupReport | undefined
  /** The status of the origin's own answer, if this request fetched. */
  readonly forwardStatus: number | undefined
  readonly maskedError: SendError | undefined
  readonly revalidation: Pending<void> | undefined
}

/** How much longer the object is fresh, in seconds; since when it is not, if negative. A soft purge ends it at once. */
export function freshForSeconds({ maxAgeMs, ageMs, isPast }: ObjectReport): number {
  const leftMs = maxAgeMs - ageMs
  return (isPast ? Math.min(leftMs, 0) : leftMs) / 1000
}

/** Whether the caller is served from the cache (`wasCached`, and `HIT` in `x-cache`; semantics 7.6, 8.5). */
export function isServedFromCache(source: AnswerSource): boolean {
  return source === 'hit' || source === 'stale' || source === 'stale-if-error'
}
