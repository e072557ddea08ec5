/** The table of semantics 3.3, as plainly as it can be written: the verdict of one lookup, from the shelf and the leaders. */

import {
  ageAt,
  type ModelEntry,
  type ModelObject,
  type ModelPolicy,
  namesOf,
  type Place,
  placeOf,
  same,
  type Verdict,
  window,
  wordsOf,
} from './model-records.js'
import type { Shelf } from './model-shelf.js'

/** What a lookup sees beside its own request. */
export interface World {
  readonly policy: ModelPolicy
  readonly shelf: Shelf
  isLed(place: Place, by: 'a lease that holds' | 'any'): boolean
}

/** The table of semantics 3.3. */
export function judge(entry: ModelEntry, world: World): Verdict {
  const { shelf } = world
  const isLed = (place: Place) => world.isLed(place, entry.claims ? 'any' : 'a lease that holds')
  const places = shelf.rulesOf(entry.key).map((rule) => placeOf(entry, namesOf(rule)))
  const seen = places.map((place) => ({
    place,
    object: shelf.objects.find((object) => same(object, place)),
    mark: shelf.marks.find((mark) => same(mark, place) && Math.max(0, entry.start - mark.at) < mark.maxAge),
    led: isLed(place),
  }))
  const inClass = (wanted: string) =>
    seen
      .flatMap(({ object }) => (object && classOf(object, entry, world) === wanted ? [object] : []))
      .sort((a, b) => b.order - a.order)[0]
  for (const { object, mark } of seen) {
    if (object !== undefined && classOf(object, entry, world) === 'fresh') break
    if (mark?.mode === 'pass') return { is: 'pass' }
  }
  const fresh = inClass('fresh')
  if (fresh !== undefined) {
    const past = ageAt(fresh, entry.start) > Math.min(fresh.maxAge, fresh.staleAt)
    return { is: 'use', outcome: past ? 'stale' : 'hit', object: fresh }
  }
  const stale = inClass('swr')
  if (stale !== undefined) {
    const taken = isLed(stale) || stale.body.phase === 'streaming'
    if (taken) return { is: 'use', outcome: 'stale', object: stale }
    return { is: 'lead', outcome: 'stale-lead', object: stale, place: stale, exclusive: true }
  }
  const { fallback } = entry
  const kept = fallback?.purged || fallback?.body.phase === 'failed' ? undefined : fallback
  const ifError = inClass('sie') ?? kept
  const expired = inClass('expired')
  const finding = { outcome: ifError === undefined ? 'lead' : 'lead-if-error', object: ifError ?? expired }
  const marked = seen.find(({ mark }) => mark !== undefined)
  if (marked !== undefined) return { is: 'lead', ...finding, place: marked.place, exclusive: false }
  const led = seen.find((each) => each.led)
  if (led !== undefined) return { is: 'wait', ...finding, place: led.place }
  const home = [finding.object, expired].find((object) => object?.stored) ?? places[0] ?? placeOf(entry, [])
  return { is: 'lead', ...finding, place: home, exclusive: true }
}

function classOf(object: ModelObject, entry: ModelEntry, { policy }: World): string {
  if (entry.claims) return 'expired'
  const outdated = object.staleAt !== Number.POSITIVE_INFINITY && entry.order >= object.overtakenAt
  if (object.order > entry.order && !outdated) {
    const { initialAge: i, maxAge: m } = object
    if (policy.shareUnfresh === true || i < m) return 'fresh'
    if (policy.shareUnfresh === 'alike') return object.askedBy === wordsOf(entry) ? 'fresh' : window(object, i)
    if (i === m) return object.swr + object.sie > 0 ? 'fresh' : 'expired'
    return window(object, i)
  }
  return window(object, ageAt(object, entry.start))
}
