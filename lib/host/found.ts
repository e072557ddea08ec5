/** What a request finds of a stored object at one moment: a report of its numbers, and its head adapted to the request. */

import type { BodyReader } from '../base/body.js'
import type { Entry } from '../cache/entry.js'
import { FOUND } from '../cache/outcome.js'
import type { Snapshot } from '../cache/snapshot.js'
import type { Standing } from '../cache/standings.js'
import { type AdaptedResponse, adapt } from '../http/adapt.js'
import { currentAgeSeconds } from '../http/age.js'
import { has, type RequestHead, type ResponseHead, sameFields } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import type { FoundStanding, ObjectReport } from '../pending/host.js'
import { openPart } from './part.js'
import type { HostShared } from './shared.js'

export function reported(object: Snapshot): ObjectReport {
  const { ageMs, isPast, maxAgeMs, swrMs, sieMs, hits, varyNames, surrogateKeys, sensitive } = object
  return { ageMs, isPast, maxAgeMs, swrMs, sieMs, hits, varyNames, surrogateKeys, sensitive }
}

/** The stored head that a leader may validate or complete; `undefined` unless the body is complete (semantics 4.1-3). */
export function validatable(object: Snapshot | undefined): ResponseHead | undefined {
  return object?.body.phase === 'complete' ? object.head : undefined
}

/** The response to one request, the part of the stored body that goes with it, and the standing by which it may be given again. */
export interface Adapted extends AdaptedResponse {
  readonly standing: FoundStanding | undefined
}

/** An adapted response, and all it depends on. It keeps the object's head alive, but not its body. */
interface Finding {
  readonly request: RequestHead
  readonly head: ResponseHead
  readonly length: number | undefined
  readonly storedAtMs: number
  readonly ageMs: number
  readonly lent: Standing | undefined
  readonly adapted: Adapted
}

/** Adapts stored responses, and reuses the last result: waiters that are released together mostly ask for and find the same. */
export class Findings {
  readonly #parts: HostShared
  #last: Finding | undefined

  constructor(parts: HostShared) {
    this.#parts = parts
  }

  adapted({ outcome, request }: Entry, object: Snapshot): Adapted {
    const lent = outcome === 'hit' ? this.#parts.transactions.lend(object) : undefined
    const { head, storedAtMs, ageMs } = object
    const { length } = object.body
    const last = this.#last
    const isSame =
      last !== undefined &&
      last.head === head &&
      last.ageMs === ageMs &&
      last.storedAtMs === storedAtMs &&
      last.length === length &&
      last.lent === lent &&
      isSameRequest(last.request, request)
    if (isSame) return last.adapted
    const adapted = this.#adapt(request, object, lent)
    this.#last = { request, head, length, storedAtMs, ageMs, lent, adapted }
    return adapted
  }

  /**
   * A reader of the range that `entry` asks for, if it is not known yet whether the body has a byte of that range; it is known when
   * the reader is ready (semantics 8.3b). The `fastly` ranges policy does not wait for that.
   */
  undecided(entry: Entry): BodyReader | undefined {
    const object = entry.phase === 'ready' ? entry.object : undefined
    if (object?.body.phase !== 'streaming' || object.body.length !== undefined) return undefined
    if (!has(entry.request.fields, 'range') || this.#parts.policy.ranges === 'fastly') return undefined
    if ((entry.state & FOUND) === 0) return undefined
    const { body: part } = this.adapted(entry, object)
    return typeof part === 'object' && part.start >= object.body.bytes ? openPart(object.body, part) : undefined
  }

  #adapt(request: RequestHead, object: Snapshot, lent: Standing | undefined): Adapted {
    const { clock, policy } = this.#parts
    const { head, storedAtMs, ageMs, initialAgeMs } = object
    // The moment when the entry became ready, for which its age is reported (semantics 3.4).
    const nowMs = storedAtMs + ageMs - initialAgeMs
    const nowWallMs = clock.wallNow() - (clock.now() - nowMs)
    const receivedWallMs = nowWallMs - (nowMs - storedAtMs)
    const ageSeconds = agedSeconds(object, policy, receivedWallMs, nowWallMs)
    const found = { head, ageSeconds, length: object.body.length, receivedWallMs }
    const standing = lent && { cell: lent.cell, version: lent.version, asOfMs: nowMs, ageSeconds }
    return { standing, ...adapt(request, found, policy) }
  }
}

/** Whether the two requests get the same adapted response. Their URLs do not matter for that: they have led to the same object. */
function isSameRequest(a: RequestHead, b: RequestHead): boolean {
  return a === b || (a.method === b.method && sameFields(a.fields, b.fields))
}

/** The age for the `Age` field, which counts the response's `Date` even if the policy's freshness does not (semantics 8.3a). */
function agedSeconds(object: Snapshot, policy: Policy, receivedWallMs: number, nowWallMs: number): number {
  if (policy.initialAge === 'corrected') return object.ageMs / 1000
  const { fields } = object.head
  return currentAgeSeconds({ fields, delayMs: 0, responseWallMs: receivedWallMs }, nowWallMs)
}
