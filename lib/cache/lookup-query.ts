/** Who asks, and for when: all that the truth table needs to know of a lookup. */

import type { AgeClass, Timing } from '../http/freshness.js'
import type { RequestHead } from '../http/message.js'
import type { StoredObject } from './object.js'

/**
 * What a request makes of the class an object has by its own lifetimes (RFC 9111 5.2.1): `max-stale` may raise it,
 * `no-cache` lower it.
 */
export type Judge = (timing: Timing, forbidsStale: boolean, ageClass: AgeClass) => AgeClass

/** A lookup as the table sees it. Freshness is judged at `startMs`, however long it has waited (semantics 3.5-3). */
export interface LookupQuery {
  readonly request: RequestHead
  readonly startMs: number
  readonly serial: number
  readonly judge: Judge | undefined
  /** The stale object it could fall back to when it began to wait (L12, T53). */
  readonly fallback: StoredObject | undefined
}
