/** Who waits, in which queue and for how long at most. What becomes of the waiters is decided in `collapse.ts`. */

import type { Place } from '../base/queue.js'
import { must } from '../base/self-check.js'
import type { Undo } from '../base/undo.js'
import type { Entry } from './entry.js'
import type { Slot } from './variants.js'

interface Wait {
  /** In whose queue the entry is; `undefined` for the moment in which it is looked up again. */
  slot: Slot | undefined
  place: Place<Entry> | undefined
  readonly stopTimer: Undo
}

export class Waiters implements Iterable<Entry> {
  readonly #waits = new Map<Entry, Wait>()

  get size(): number {
    return this.#waits.size
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#waits.keys()
  }

  /** The slot in whose queue the entry waits. */
  slotOf(entry: Entry): Slot | undefined {
    return this.#waits.get(entry)?.slot
  }

  /** The entry waits from now on, in no queue as yet. `stopTimer` stops its time-out when it waits no more. */
  begin(entry: Entry, stopTimer: Undo): void {
    this.#waits.set(entry, { slot: undefined, place: undefined, stopTimer })
  }

  /** Puts an entry that waits at the end of the slot's queue. */
  enqueue(entry: Entry, slot: Slot): void {
    const wait = this.#waits.get(entry)
    must(wait !== undefined, 'an entry in a queue waits')
    wait.slot = slot
    wait.place = slot.waiters.join(entry)
  }

  /** Takes an entry out of its queue, to be looked up again. */
  dequeue(entry: Entry): void {
    const wait = this.#waits.get(entry)
    wait?.place?.leave()
    if (wait !== undefined) wait.slot = undefined
  }

  /** Empties the queue before its waiters are looked up again, so that those that must wait on join it again in the same order. */
  dequeueAll(slot: Slot): Entry[] {
    const entries = [...slot.waiters]
    for (const entry of entries) this.dequeue(entry)
    return entries
  }

  /** The entry waits no more, if it did. Returns the slot whose queue it was in. */
  end(entry: Entry): Slot | undefined {
    const wait = this.#waits.get(entry)
    if (wait === undefined) return undefined
    this.#waits.delete(entry)
    wait.stopTimer()
    wait.place?.leave()
    return wait.slot
  }
}
