/** One variant of one key: its stored object or mark, its leader, and the waiters for that leader. */

import { Queue } from '../base/queue.js'
import type { Entry } from './entry.js'
import type { Marker } from './marker.js'
import type { StoredObject } from './object.js'
import type { Obligation } from './obligation.js'
import type { RuleSlots, Variants } from './variants.js'

export class Slot {
  object: StoredObject | undefined = undefined
  marker: Marker | undefined = undefined
  /** The one exclusive obligation (semantics 2.9-1). */
  leader: Obligation | undefined = undefined
  /** The number of obligations held side by side. They keep the slot alive: when they end, entries may be waiting in it. */
  together = 0
  /** Empty if there is no leader. */
  readonly waiters = new Queue<Entry>()
  /** `Variants.arrivals` as of when all waiters were last looked up. */
  arrivalsSeen = 0

  constructor(
    readonly variants: Variants,
    readonly under: RuleSlots,
    readonly variant: string,
  ) {}

  /** The leader, unless its lease has run out. */
  leaderAt(nowMs: number): Obligation | undefined {
    return this.leader?.lapsedAt(nowMs) ? undefined : this.leader
  }

  get isVacant(): boolean {
    return (
      this.object === undefined &&
      this.marker === undefined &&
      this.leader === undefined &&
      this.together === 0 &&
      this.waiters.size === 0
    )
  }
}
