/** Finds the calls of a guest that wait for that guest itself: for a transaction it runs, or for a body it writes. */

import type { BodyReader } from '../../base/body.js'
import { Entry } from '../../cache/entry.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Handle } from '../../scheduler/index.js'
import type { GuestEntries } from './guest-entries.js'
import type { GuestWriters } from './guest-writers.js'
import { PlacedRequest } from './placed-request.js'

/** The requests and sends that a guest has under way at the host, by call number. */
type Work = ReadonlyMap<number, unknown>

export interface GuestState {
  readonly entries: GuestEntries
  readonly writers: GuestWriters
  readonly work: Work
}

/** The numbers of the guest's calls that wait for the guest itself, directly or through other transactions and their hooks. */
export function selfWaits(host: LocalHost, { entries, writers, work }: GuestState): number[] {
  const own = [...entries.lookups()]
  const transactions = new Set(own.map(([, entry]) => host.transaction(entry)))
  const isOwn = (ahead: Entry | BodyReader) =>
    ahead instanceof Entry ? transactions.has(ahead) : writers.followedBy(ahead) !== undefined
  const waiting = [...own, ...placed(work)].filter(([, entry]) => [...host.waitsFor(entry)].some(isOwn))
  return waiting.map(([call]) => call)
}

function* placed(work: Work): Generator<readonly [call: number, entry: Handle]> {
  for (const [call, each] of work)
    if (each instanceof PlacedRequest && each.entry !== undefined) yield [call, each.entry]
}
