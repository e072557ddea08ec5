/** Decides one lookup from what is stored and who leads: the truth table of semantics 3.3, without side effects. */

import { type AgeClass, ageClass as ageClassOf } from '../http/freshness.js'
import type { Policy } from '../http/policy.js'
import { areForwardedAlike } from '../http/revalidation.js'
import { preferredVariant } from '../http/selection.js'
import { canAnswer } from '../http/stored-part.js'
import { variantOf } from '../http/vary.js'
import type { Exclusivity } from './entry.js'
import type { LookupQuery } from './lookup-query.js'
import type { StoredObject } from './object.js'
import type { Obligation, Slot, Variants } from './variants.js'

/**
 * | do | meaning | rows |
 * |---|---|---|
 * | use | answer with `object` | L3, L5, L23 |
 * | lead | take the obligation of `slot`, or of a new slot; `object` may be validated | L1, L4, L7, L10, L12, L13, L16, L17, L19 to L22, L24 |
 * | wait | wait for `leader` | L2, L8, L14, L18 |
 * | pass | fetch without the cache | L15 |
 */
export type Verdict =
  | { readonly do: 'use'; readonly outcome: 'hit' | 'stale'; readonly object: StoredObject }
  | {
      readonly do: 'lead'
      readonly outcome: 'lead' | 'lead-if-error' | 'stale-lead'
      readonly exclusivity: Exclusivity
      readonly slot: Slot | undefined
      readonly object: StoredObject | undefined
    }
  | {
      readonly do: 'wait'
      readonly outcome: 'lead' | 'lead-if-error'
      readonly leader: Obligation
      readonly object: StoredObject | undefined
    }
  | { readonly do: 'pass' }

export function decide(variants: Variants | undefined, query: LookupQuery, policy: Policy, nowMs: number): Verdict {
  let fresh: StoredObject | undefined
  let stale: StoredObject | undefined
  let staleIfError: StoredObject | undefined
  let expired: StoredObject | undefined
  let missMarked: Slot | undefined
  let leader: Obligation | undefined
  for (const { rule, slots } of variants?.rules ?? []) {
    const slot = slots.get(variantOf(rule, query.request, policy))
    if (slot === undefined) continue
    const object = visible(slot.object)
    if (object !== undefined) {
      const ageClass = classify(object, query, policy)
      if (ageClass === 'fresh') fresh = newer(fresh, object)
      else if (ageClass === 'swr') stale = newer(stale, object)
      else if (ageClass === 'sie') staleIfError = newer(staleIfError, object)
      else expired = newer(expired, object)
    }
    if (slot.marker?.liveAt(query.startMs)) {
      if (slot.marker.mode === 'pass' && fresh === undefined) return { do: 'pass' }
      missMarked ??= slot
    }
    leader ??= slot.leaderAt(nowMs)
  }
  const chosen = fresh ?? chosenFor(variants, query, policy)
  if (chosen !== undefined) return use(chosen, query)
  if (stale !== undefined) return useOrRevalidate(stale, variants?.slotOf(stale), nowMs)
  staleIfError ??= usableFallback(query)
  const object = staleIfError ?? expired
  const outcome = staleIfError === undefined ? 'lead' : 'lead-if-error'
  if (missMarked !== undefined) return { do: 'lead', outcome, exclusivity: 'together', slot: missMarked, object }
  if (leader !== undefined) return { do: 'wait', outcome, leader, object }
  const slot = (object && variants?.slotOf(object)) ?? (expired && variants?.slotOf(expired))
  return { do: 'lead', outcome, exclusivity: 'exclusive', slot, object }
}

/** Of two objects that match, the one that was stored last answers (RFC 9111 4), whatever came under its rule or the other since. */
function newer(found: StoredObject | undefined, other: StoredObject): StoredObject {
  return found === undefined || found.fields.serial < other.fields.serial ? other : found
}

/** A fresh object of another variant that the origin would select for this request too, if the policy looks for such objects. */
function chosenFor(variants: Variants | undefined, query: LookupQuery, policy: Policy): StoredObject | undefined {
  if (policy.varyNormalization !== 'by-selection') return undefined
  for (const under of variants?.rules ?? []) {
    const preferred = preferredVariant(under.rule, query.request, policy)
    if (preferred === undefined) continue
    for (const object of under.chosenFor(preferred)) {
      if (visible(object) !== undefined && classify(object, query, policy) === 'fresh') return object
    }
  }
  return undefined
}

function visible(object: StoredObject | undefined): StoredObject | undefined {
  return object?.body.phase === 'failed' ? undefined : object
}

/** The class of an object for this lookup. A part that lacks the requested bytes counts as expired: it can only be completed. */
function classify(object: StoredObject, query: LookupQuery, policy: Policy): AgeClass {
  if (!canAnswer(query.request, object.fields.head, policy)) return 'expired'
  if (object.cameFor(query.serial)) return classForWaiter(object, query, policy)
  const timing = object.timingAt(query.startMs)
  const ageClass = ageClassOf(timing)
  return query.judge?.(timing, object.fields.forbidsStale, ageClass) ?? ageClass
}

/**
 * The class of an object that was stored while the lookup waited. It was fetched or validated for the lookup, so the request's own
 * directives are met. RFC 9111 4 lets it answer whatever its freshness. With `shareUnfresh: 'alike'`, an object without freshness
 * answers only requests to which the origin would have sent the same; with `false` (Fastly), the rule of semantics 3.5-4 applies.
 */
function classForWaiter(object: StoredObject, { request }: LookupQuery, policy: Policy): AgeClass {
  const { storedAtMs } = object.fields
  if (policy.shareUnfresh === false || object.isFreshWhenStored) return classForAllWaiters(object, policy)
  const { askedBy } = object
  const alike = policy.shareUnfresh === true || (askedBy !== undefined && areForwardedAlike(askedBy, request))
  return alike ? 'fresh' : object.classAt(storedAtMs)
}

/** The class of a just stored object for its waiters in general, leaving aside which of their requests are alike. */
export function classForAllWaiters(object: StoredObject, policy: Policy): AgeClass {
  const { initialAgeMs, maxAgeMs, swrMs, sieMs, storedAtMs } = object.fields
  if (policy.shareUnfresh !== false || object.isFreshWhenStored) return 'fresh'
  if (initialAgeMs === maxAgeMs) return swrMs > 0 || sieMs > 0 ? 'fresh' : 'expired'
  return object.classAt(storedAtMs)
}

/** The verdict to use an object. For waiters, freshness includes the last instant of the lifetime, which may be all of it. */
function use(object: StoredObject, query: LookupQuery): Verdict {
  const ageMs = object.ageAt(query.startMs)
  const fresh = object.cameFor(query.serial) ? object.isFreshThrough(ageMs) : object.classAt(query.startMs) === 'fresh'
  return { do: 'use', outcome: fresh ? 'hit' : 'stale', object }
}

/** For a stale object in its window: one lookup revalidates, none while the body arrives, which cannot be updated yet (3.7). */
function useOrRevalidate(object: StoredObject, slot: Slot | undefined, nowMs: number): Verdict {
  if (object.body.phase !== 'complete' || slot === undefined || slot.leaderAt(nowMs) !== undefined) {
    return { do: 'use', outcome: 'stale', object }
  }
  return { do: 'lead', outcome: 'stale-lead', exclusivity: 'exclusive', slot, object }
}

/** A waiter may still use its fallback if that object was replaced by a worse one or evicted, but not if it was purged. */
function usableFallback({ fallback }: LookupQuery): StoredObject | undefined {
  return fallback === undefined || fallback.fate === 'purged' || fallback.body.phase === 'failed' ? undefined : fallback
}
