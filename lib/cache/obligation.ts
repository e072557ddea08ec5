/** The duty and right to fill one slot; its holder ends it once: by an insert, update, stale choice or mark, or by giving up. */

import type { CancelTimer } from '../base/clock.js'
import type { Entry } from './entry.js'
import type { InFlightSend } from './purge-log.js'
import type { Slot } from './slot.js'

/**
 * Why a leader gives its obligation up.
 *
 * | because | what becomes of the waiters |
 * |---|---|
 * | left | the first waiter leads |
 * | failed-alone | the same: by a hook, and waiters have other hooks, or none; or behind a stale answer, where nobody is to hear of it (semantics 2.7) |
 * | failed | policy `onFailed`: all share `error`, unless a stale answer may be used; or the first leads |
 * | declined | the response may not be stored. Policy `onDeclined`: all lead side by side, and a mark lets later requests do so; or the first leads |
 */
export type AbandonReason =
  | { readonly because: 'left' }
  | { readonly because: 'failed-alone' }
  | { readonly because: 'failed'; readonly error: unknown }
  | { readonly because: 'declined' }

/** `exclusive`: other requests for the slot wait. `together`: any number side by side, at a hit-for-miss mark for instance. */
export type Exclusivity = 'exclusive' | 'together'

export class Obligation {
  /** From this time on the obligation is taken back as soon as another request wants it. */
  leaseEndsMs: number
  /** Runs only while an entry waits. */
  leaseTimer: CancelTimer | undefined = undefined
  constructor(
    readonly slot: Slot,
    readonly holder: Entry,
    readonly exclusivity: Exclusivity,
    /** The holder's fetch. Until that is sent, it counts as sent when the obligation was granted. */
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
