/** Which calls of a guest wait for that guest itself: for what it leads, or for a body that it writes. */

import type { BodyReader } from '../../base/body.js'
import { Entry } from '../../cache/entry.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Handle } from '../../scheduler/index.js'
import type { GuestEntries } from './guest-entries.js'
import { PlacedRequest } from './placed-request.js'

/** What a guest has under way, by the numbers of its calls. */
type Work = ReadonlyMap<number, unknown>

/** What `entries` has for the guest, and what was placed here. */
export function ownWaits(host: LocalHost, entries: GuestEntries, work: Work): number[] {
  const own = [...entries.lookups()]
  const transactions = new Set(own.map(([, entry]) => host.transaction(entry)))
  const isOwn = (ahead: Entry | BodyReader) =>
    ahead instanceof Entry ? transactions.has(ahead) : entries.writerBehind(ahead) !== undefined
  const waiting = [...own, ...placed(work)].filter(([, entry]) => [...host.waitsFor(entry)].some(isOwn))
  return waiting.map(([call]) => call)
}

function* placed(work: Work): Generator<readonly [call: number, entry: Handle]> {
  for (const [call, each] of work)
    if (each instanceof PlacedRequest && each.entry !== undefined) yield [call, each.entry]
}
