/** The duty, and the right, to fill one slot: whoever holds it inserts, updates, chooses stale, records or gives up, once. */

import type { CancelTimer } from '../base/clock.js'
import type { Entry } from './entry.js'
import type { InFlightSend } from './purge-log.js'
import type { Slot } from './slot.js'

/**
 * Why a leader gives its obligation up.
 *
 * | because | what becomes of those who wait |
 * |---|---|
 * | left | the first of them leads |
 * | failed | policy `onFailed`: all share `error`, unless a stale answer may be used; or the first leads |
 * | declined | the answer may not be stored. Policy `onDeclined`: all lead for themselves, and for a moment so does who comes; or the first leads |
 */
export type AbandonReason =
  | { readonly because: 'left' }
  | { readonly because: 'failed'; readonly error: unknown }
  | { readonly because: 'declined' }

/** Exclusive: the others of the slot wait. Together: taken at a live hit-for-miss mark, any number side by side. */
export type Exclusivity = 'exclusive' | 'together'

export class Obligation {
  /** From this time on it may be taken back, as soon as someone wants it. */
  leaseEndsMs: number
  /** Runs only while someone waits. */
  leaseTimer: CancelTimer | undefined = undefined
  constructor(
    readonly slot: Slot,
    readonly holder: Entry,
    readonly exclusivity: Exclusivity,
    /** Of its fetch; until that is sent, as if it were sent with the grant. */
    public inFlight: InFlightSend,
    readonly leaseMs: number,
    nowMs: number,
  ) {
    this.leaseEndsMs = nowMs + leaseMs
  }

  lapsedAt(nowMs: number): boolean {
    return nowMs >= this.leaseEndsMs
  }
}
