/** How old an answer is (RFC 9111 4.2.3, 5.1). */

import { parseHttpDate } from './dates.js'
import { parseDeltaSeconds } from './delta.js'
import { type Fields, first, values } from './message.js'
import type { Policy } from './policy.js'

/** The fields of an answer, and the two times from which its age is computed. */
export interface TimedHead {
  readonly fields: Fields
  /** `response_delay`: how long the answer took, by the monotonic clock. */
  readonly delayMs: number
  /** `response_time`: when the answer came, by the wall clock, which may be set at any time. */
  readonly responseWallMs: number
}

/** The greatest value of an `Age` that the library sends (RFC 9111 1.2.2). */
const MAX_AGE_FIELD = 2 ** 31

/** `age_value`: the first member of the first `Age`; 0 if that is missing or not a number (RFC 9111 5.1). */
export function ageValueSeconds(fields: Fields): number {
  const [member = ''] = (first(fields, 'age') ?? '').split(',')
  return parseDeltaSeconds(member.trim()) ?? 0
}

/** Whether `Age` is absent or one number on one line. Anything else says nothing certain about how fresh an answer is. */
export function hasValidAge(fields: Fields): boolean {
  const [age, ...more] = values(fields, 'age')
  return age === undefined || (more.length === 0 && parseDeltaSeconds(age) !== undefined)
}

/**
 * `corrected_initial_age`: the `Age` value plus the time the answer took, or the time since its `Date`, whichever is more.
 * `Age` and `Date` have whole seconds, so the delay and the apparent age are counted in whole seconds too.
 */
export function correctedInitialAgeSeconds({ fields, delayMs, responseWallMs }: TimedHead): number {
  const dateMs = parseHttpDate(first(fields, 'date') ?? '', responseWallMs)
  const apparentAge = dateMs === undefined ? 0 : Math.max(0, Math.floor((responseWallMs - dateMs) / 1000))
  const responseDelay = Math.floor(delayMs / 1000)
  return Math.max(apparentAge, ageValueSeconds(fields) + responseDelay)
}

/** The age of an answer when it arrives: corrected, or the bare `Age` value, as the policy chooses. */
export function initialAgeSeconds(head: TimedHead, policy: Policy): number {
  return policy.initialAge === 'corrected' ? correctedInitialAgeSeconds(head) : ageValueSeconds(head.fields)
}

/** `current_age` for the `Age` field, with a fraction; `ageField` writes it. */
export function currentAgeSeconds(stored: TimedHead, nowWallMs: number): number {
  return correctedInitialAgeSeconds(stored) + Math.max(0, nowWallMs - stored.responseWallMs) / 1000
}

/** The value of an `Age` field: whole seconds, rounded up so that no answer seems younger than it is. */
export function ageField(seconds: number): string {
  return String(Math.min(Math.ceil(seconds), MAX_AGE_FIELD))
}
