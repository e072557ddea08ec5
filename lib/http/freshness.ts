/** How long an answer is fresh, and in which window its age falls (RFC 9111 4.2, 5.2.1, RFC 5861). */

import { hasValidAge } from './age.js'
import { parseHttpDate } from './dates.js'
import { type Directives, type ResponseDirectives, responseDirectives, type SecondsDirective } from './directives.js'
import { type Fields, first, has, type ResponseHead } from './message.js'
import type { Policy } from './policy.js'

/** Statuses that may be stored, with a heuristic lifetime, even if the response has no directives (RFC 9110 15.1). */
export const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
])

/**
 * The freshness lifetime in seconds, by the first of these that applies: `s-maxage`, `max-age`, `Expires`, the heuristic, the
 * policy's default (RFC 9111 4.2.1). 0 if the directives are malformed, or the policy makes the answer stale at once. `nowWallMs`
 * replaces a missing `Date`.
 */
export function freshnessLifetimeSeconds(response: ResponseHead, policy: Policy, nowWallMs: number): number {
  const said = responseDirectives(response.fields, policy)
  if (said === undefined) return 0
  const { directives } = said
  if (policy.invalidFreshness === 'stale' && !hasValidAge(response.fields)) return 0
  if (policy.noCache === 'validate' && directives.unqualified('no-cache')) return 0
  const directed = directives.seconds('s-maxage') ?? directives.seconds('max-age')
  if (directed !== undefined) return directed
  const expires = expiresSeconds(response.fields, said, nowWallMs)
  // Beside `max-age` or `s-maxage`, `Expires` does not count, even if their values are invalid (5.2.2.10, 5.3).
  const invalid = expires === 'invalid' || directives.has('s-maxage') || directives.has('max-age')
  if (invalid && policy.invalidFreshness === 'stale') return 0
  if (expires !== undefined && expires !== 'invalid') return expires
  return heuristicSeconds(response, directives, policy, nowWallMs) ?? policy.defaultFreshnessSeconds
}

/** Whether the freshness of a response is explicit, and not heuristic (RFC 9111 4.2.1). */
export function hasExplicitFreshness(fields: Fields, { directives, expires }: ResponseDirectives): boolean {
  return directives.has('s-maxage') || directives.has('max-age') || (expires === 'counts' && has(fields, 'expires'))
}

/** Ages and windows of a stored response, in milliseconds. Both stale windows start where freshness ends. */
export interface Timing {
  readonly ageMs: number
  readonly maxAgeMs: number
  readonly swrMs: number
  readonly sieMs: number
  /** The age at the first soft purge, if there was one: freshness ended then at the latest. */
  readonly staleAtMs?: number | undefined
}

export type AgeClass = 'fresh' | 'swr' | 'sie' | 'expired'

/** The window that the age falls into. Freshness does not include the end of its lifetime; the stale windows include theirs. */
export function ageClass(timing: Timing): AgeClass {
  const staleness = stalenessMs(timing)
  if (staleness < 0) return 'fresh'
  if (timing.swrMs > 0 && staleness <= timing.swrMs) return 'swr'
  if (timing.sieMs > 0 && staleness <= timing.sieMs) return 'sie'
  return 'expired'
}

/**
 * What a request's directives make of a stored response (RFC 9111 5.2.1):
 * - `use`: the response is fresh, and fresh enough for this request;
 * - `use-stale`: the response is stale, and `max-stale` accepts that, or `only-if-cached` takes it within stale-while-revalidate;
 * - `by-age`: the response is stale, and its stale windows decide;
 * - `validate`: the response has to be validated first, even if it is fresh, or stale-while-revalidate would allow it.
 *
 * Where the origin would have to be asked, a request with `only-if-cached` gets 504 instead; that is not judged here.
 */
export type RequestVerdict = 'use' | 'use-stale' | 'by-age' | 'validate'

/** Judges a stored response for a request; `forbidsStale` as in the response's `WriteOptions`. */
export function requestVerdict(directives: Directives, timing: Timing, forbidsStale: boolean): RequestVerdict {
  const staleMs = stalenessMs(timing)
  const fresh = staleMs < 0
  const overAgeMs = timing.ageMs - milliseconds(directives, 'max-age', Number.POSITIVE_INFINITY)
  const minFreshMs = milliseconds(directives, 'min-fresh', 0)
  if (directives.has('no-cache')) return 'validate'
  if (minFreshMs > 0 && staleMs > -minFreshMs) return 'validate'
  if (fresh && overAgeMs <= 0) return 'use'
  const acceptsStale = Math.max(staleMs, overAgeMs) <= acceptedStalenessMs(directives)
  if (acceptsStale && (fresh || !forbidsStale)) return fresh ? 'use' : 'use-stale'
  // With `max-age` and without `max-stale`, the client accepts no stale answer (5.2.1.1).
  if (directives.seconds('max-age') !== undefined) return 'validate'
  // A fetch in the background would forward `only-if-cached`, which caches nearer the origin refuse.
  return directives.has('only-if-cached') && ageClass(timing) === 'swr' ? 'use-stale' : 'by-age'
}

/**
 * Whether the request accepts the stored response if the origin fails: by its own `stale-if-error` (RFC 5861 4), whatever its other
 * directives say about freshness, and unless the response forbids it.
 */
export function acceptsAfterError(directives: Directives, timing: Timing, forbidsStale: boolean): boolean {
  const seconds = directives.seconds('stale-if-error')
  const staleMs = stalenessMs(timing)
  return seconds !== undefined && staleMs <= seconds * 1000 && (staleMs < 0 || !forbidsStale)
}

/** How long ago freshness ended; negative while it lasts. */
function stalenessMs({ ageMs, maxAgeMs, staleAtMs }: Timing): number {
  return ageMs - Math.min(maxAgeMs, staleAtMs ?? maxAgeMs)
}

function milliseconds(directives: Directives, name: SecondsDirective, otherwise: number): number {
  const seconds = directives.seconds(name)
  return seconds === undefined ? otherwise : seconds * 1000
}

/** `max-stale` without a value accepts any staleness. Without `max-stale`, or if its value is not a number, none is accepted. */
function acceptedStalenessMs(directives: Directives): number {
  const otherwise = directives.bare('max-stale') ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  return milliseconds(directives, 'max-stale', otherwise)
}

function expiresSeconds(fields: Fields, said: ResponseDirectives, nowMs: number): number | 'invalid' | undefined {
  const text = said.expires === 'counts' ? first(fields, 'expires') : undefined
  if (text === undefined) return undefined
  const expires = parseHttpDate(text, nowMs)
  return expires === undefined ? 'invalid' : Math.max(0, (expires - dateMs(fields, nowMs)) / 1000)
}

function heuristicSeconds(
  { status, fields }: ResponseHead,
  directives: Directives,
  policy: Policy,
  nowMs: number,
): number | undefined {
  const allowed = HEURISTICALLY_CACHEABLE.has(status) || directives.has('public')
  if (policy.heuristicFraction === 0 || !allowed || !has(fields, 'last-modified')) return undefined
  const lastModified = parseHttpDate(first(fields, 'last-modified') ?? '', nowMs)
  if (lastModified === undefined) return undefined
  const unchangedSeconds = Math.max(0, (dateMs(fields, nowMs) - lastModified) / 1000)
  return Math.min(unchangedSeconds * policy.heuristicFraction, policy.heuristicMaxSeconds)
}

function dateMs(fields: Fields, nowMs: number): number {
  return parseHttpDate(first(fields, 'date') ?? '', nowMs) ?? nowMs
}
