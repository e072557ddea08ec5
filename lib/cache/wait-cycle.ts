/** Who waits for whom, through lines and through hooks; and whether a lookup would so come to wait for itself. */

import type { Entry } from './entry.js'

/** Whether `asking` must not wait for `leader`. One that no hook has made holds nobody up, and may wait for anybody. */
export function closesWaitCycle(query: Entry, leader: Entry): boolean {
  if (query.madeBy === undefined) return false
  const heldUp = new Set(ancestors(query))
  for (const entry of waitedForBy(leader)) if (heldUp.has(entry)) return true
  return false
}

/** `entry`, and all whose end it has to wait for: the leader of its line, what its hooks have asked for, and so on from these. */
export function* waitedForBy(entry: Entry): Generator<Entry> {
  const reached = new Set([entry])
  for (const each of reached) {
    yield each
    const leader = each.waitsFor?.slot.leader?.holder
    if (leader !== undefined) reached.add(leader)
    for (const made of each.made) reached.add(made)
  }
}

/** Whose hook has made it, whose hook has made that one, and so on: each waits for what it has made. */
function* ancestors({ madeBy }: Entry): Generator<Entry> {
  for (let entry = madeBy; entry !== undefined; entry = entry.madeBy) yield entry
}
