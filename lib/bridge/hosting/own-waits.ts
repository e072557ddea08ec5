/** Which calls of a guest wait for that guest itself: for what it leads, or for a body that it writes. */

import type { BodyReader } from '../../base/body.js'
import { Entry } from '../../cache/entry.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Handle } from '../../scheduler/index.js'
import type { GuestEntries } from './guest-entries.js'
import type { GuestWriters } from './guest-writers.js'
import { PlacedRequest } from './placed-request.js'

/** What a guest has under way, by the numbers of its calls. */
type Work = ReadonlyMap<number, unknown>

/** What a guest has here. */
export interface Own {
  readonly entries: GuestEntries
  readonly writers: GuestWriters
  readonly work: Work
}

export function ownWaits(host: LocalHost, { entries, writers, work }: Own): number[] {
  const own = [...entries.lookups()]
  const transactions = new Set(own.map(([, entry]) => host.transaction(entry)))
  const isOwn = (ahead: Entry | BodyReader) =>
    ahead instanceof Entry ? transactions.has(ahead) : writers.behind(ahead) !== undefined
  const waiting = [...own, ...placed(work)].filter(([, entry]) => [...host.waitsFor(entry)].some(isOwn))
  return waiting.map(([call]) => call)
}

function* placed(work: Work): Generator<readonly [call: number, entry: Handle]> {
  for (const [call, each] of work)
    if (each instanceof PlacedRequest && each.entry !== undefined) yield [call, each.entry]
}
