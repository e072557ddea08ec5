/** One variant of one key: what is stored there, who is obliged to fill it, who waits for that. */

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
  /** How many obligations are held side by side; they keep the slot, since others may wait in it when they end. */
  together = 0
  /** Nobody waits here without a leader. */
  readonly waiters = new Queue<Entry>()
  /** How often something had come to the key when all who wait here had last looked. */
  arrivalsSeen = 0

  constructor(
    readonly variants: Variants,
    readonly under: RuleSlots,
    readonly variant: string,
  ) {}

  /** The leader whose lease still holds. */
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
