/** The input of the truth table: which request is looked up, and for which moment. */

import type { AgeClass, Timing } from '../http/freshness.js'
import type { RequestHead } from '../http/message.js'
import type { StoredObject } from './object.js'

/**
 * Applies a request's own directives (RFC 9111 5.2.1) to the class that an object's age gives it: `max-stale` may raise the class,
 * `no-cache` may lower it.
 */
export type Judge = (timing: Timing, forbidsStale: boolean, ageClass: AgeClass) => AgeClass

/** A lookup as the truth table sees it. Freshness is judged at `startMs`, however long the lookup has waited (semantics 3.5-3). */
export interface LookupQuery {
  readonly request: RequestHead
  readonly startMs: number
  readonly serial: number
  readonly judge: Judge | undefined
  /** The stale object that the lookup could fall back to when it began to wait (L12, T53). */
  readonly fallback: StoredObject | undefined
}
