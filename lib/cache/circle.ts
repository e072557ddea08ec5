/** Whether a lookup would wait for itself: for a fetch whose hooks wait, over however many requests, for the one that asks. */

import type { Entry } from './entry.js'

/** Whether `asking` must not wait for `leader`. One that no hook has made holds nobody up, and may wait for anybody. */
export function closesCircle(asking: Entry, leader: Entry): boolean {
  if (asking.madeBy === undefined) return false
  const heldUp = new Set(ancestors(asking))
  const reached = new Set([leader])
  for (const entry of reached) {
    if (heldUp.has(entry)) return true
    const ahead = entry.waitsFor?.slot.leader?.holder
    if (ahead !== undefined) reached.add(ahead)
    for (const made of entry.made) reached.add(made)
  }
  return false
}

/** Whose hook has made it, whose hook has made that one, and so on: each waits for what it has made. */
function* ancestors({ madeBy }: Entry): Generator<Entry> {
  for (let entry = madeBy; entry !== undefined; entry = entry.madeBy) yield entry
}
