/** The wait-for graph of entries, through queues and hooks: a lookup must not close a cycle in it. */

import type { Entry } from './entry.js'

/** Whether `lookup` would close a cycle by waiting for `leader`. A lookup that no hook made blocks no entry, so it closes none. */
export function closesWaitCycle(lookup: Entry, leader: Entry): boolean {
  if (lookup.madeBy === undefined) return false
  const blocked = new Set(ancestors(lookup))
  for (const entry of waitedForBy(leader)) if (blocked.has(entry)) return true
  return false
}

/** `entry`, and all entries that it waits for: the leader of its queue, the lookups that its hooks made, and so on from these. */
export function* waitedForBy(entry: Entry): Generator<Entry> {
  const reached = new Set([entry])
  for (const each of reached) {
    yield each
    const { waitsFor } = each
    if (waitsFor !== undefined) reached.add(waitsFor)
    for (const made of each.made) reached.add(made)
  }
}

/** The entry whose hook made this one, the entry whose hook made that, and so on. Each waits for the entry that its hook made. */
function* ancestors({ madeBy }: Entry): Generator<Entry> {
  for (let entry = madeBy; entry !== undefined; entry = entry.madeBy) yield entry
}
