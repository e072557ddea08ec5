/** Where the RFCs, Fastly and common sense part, one named choice each; the two presets say what they choose. */

import { InvalidArgumentError } from '../base/errors.js'
import { isRecord, printed } from '../base/options.js'

/**
 * How a cache decides where there is a choice. Start from a preset and change single fields:
 * `policy: { ...fastly, markerMode: 'miss' }` or just `policy: { markerMode: 'pass' }` (over `rfc9111`).
 */
export interface Policy {
  /** Freshness lifetime in seconds when the response gives none and the heuristic does not apply. */
  readonly defaultFreshnessSeconds: number
  /** Fraction of the time since `Last-Modified` taken as freshness (RFC 9111 4.2.2); 0 switches the heuristic off. */
  readonly heuristicFraction: number
  /** Upper bound of that heuristic, in seconds. */
  readonly heuristicMaxSeconds: number
  /**
   * An `Expires`, `max-age` or `Age` that is not what it has to be: stale at once (RFC 9111 4.2.1, 5.3), or as if it were
   * absent, and of several `Age` the first (5.1).
   */
  readonly invalidFreshness: 'stale' | 'absent'
  /** The age a response has when it arrives: corrected for its way here (RFC 9111 4.2.3), or what its `Age` says. */
  readonly initialAge: 'corrected' | 'age-field'
  /** Targeted fields (RFC 9213) that replace `Cache-Control`, first present wins; lower-case names. */
  readonly targetedFields: readonly string[]
  /** Unqualified `no-cache`: stored but validated on every use (RFC 9111 5.2.2.4), or ignored. */
  readonly noCache: 'validate' | 'ignore'
  /** `must-revalidate`, `proxy-revalidate` and `s-maxage` forbid stale answers (RFC 9111 4.2.4), or are ignored. */
  readonly mustRevalidate: 'forbid-stale' | 'ignore'
  /** `Vary: *`: never stored (RFC 9111 4.1), or an ordinary name. */
  readonly varyStar: 'refuse' | 'ordinary'
  /**
   * Whether names in `Vary` compare `Accept-Encoding` and `Accept-Language` by meaning (RFC 9111 4.1) or byte for byte; or, beyond
   * what that paragraph allows, by selection too: a fresh answer in the one language a request likes best is what its origin would
   * have chosen. For sites that negotiate languages by quality, and by nothing else.
   */
  readonly varyNormalization: 'by-meaning' | 'exact' | 'by-selection'
  /** Requests with `Authorization`: RFC 9111 3.5, or no special care. */
  readonly authorization: 'rfc' | 'ignore'
  /**
   * Responses with `Set-Cookie`: shared as any other (RFC 9111 7.3 has no objection), only where they say `public`, or never.
   * A hook may allow it in any case.
   */
  readonly setCookie: 'share' | 'public' | 'never'
  /** A response directive that does not parse: nothing is stored, or it is ignored (RFC 9111 4.2.1 leaves it open). */
  readonly malformedDirectives: 'refuse' | 'ignore'
  /**
   * A 304 whose entity tag is not the stored one (RFC 9111 4.3.4): the fetch has failed; or the origin is asked once more,
   * unconditionally; or it updates all but the tag, which stays what was asked about.
   */
  readonly mismatchedValidator: 'fail' | 'refetch' | 'update'
  /**
   * A 304 that makes of what is stored what must not be: private, or not to be stored (RFC 9111 3, 3.2). It answers its
   * request and leaves a mark, as a full answer would; or it updates all the same.
   */
  readonly forbiddenUpdate: 'decline' | 'apply'
  /** What a lookup meets after an uncacheable answer: one that skips hooks and collapsing, or a plain miss that does not wait. */
  readonly markerMode: 'pass' | 'miss'
  /** Lifetime of that mark in seconds, or the response's own freshness lifetime (at least 1 s). */
  readonly markerSeconds: number | 'freshness'
  /**
   * An answer that may not be shared: all who waited for it fetch for themselves at once, or the first of them does and the
   * others wait for that one, and so on (semantics 3.5-5, 4.1).
   */
  readonly onDeclined: 'release-all' | 'promote-one'
  /**
   * A fetch that failed: all who waited for it share the failure, or the first of them fetches and the others wait on
   * (semantics 4.1).
   */
  readonly onFailed: 'share' | 'promote-one'
  /**
   * An answer of freshness 0 that may be stored: whether all who waited for it share it (RFC 9111 4 lets them); those of them
   * who had asked in the same words, so that the origin could not have told them apart, while the others fetch at once; or nobody,
   * each fetching after the other (semantics 3.5-4).
   */
  readonly shareUnfresh: 'alike' | boolean
  /** Statuses that count as an error for stale-if-error (RFC 5861 4); Fastly leaves that to a hook. */
  readonly staleIfErrorStatuses: readonly number[]
  /**
   * Directives of requests are honoured (RFC 9111 5.2.1, 5.4; RFC 5861 4): `no-cache`, `no-store`, `max-age`,
   * `min-fresh`, `max-stale`, `only-if-cached`, `stale-if-error`.
   */
  readonly requestDirectives: boolean
  /** A successful unsafe request invalidates what is stored for its URI (RFC 9111 4.4). */
  readonly invalidation: boolean
  /** Answers to `POST` that say they are what `GET` would have had are stored as that (RFC 9110 9.3.3), or not looked at. */
  readonly postAnswers: 'store' | 'ignore'
  /**
   * The answer to a `HEAD` that went to the origin freshens what is stored, or ends its freshness (RFC 9111 4.3.5), or
   * is not looked at.
   */
  readonly headAnswers: 'update' | 'ignore'
  /** A 206 is stored as the part it is, and parts are put together (RFC 9111 3.3, 3.4), or it is never stored. */
  readonly partialContent: 'store' | 'refuse'
  /**
   * What is fetched for a range of something that is not stored: the whole, so that all later ranges are there, or that range
   * alone (RFC 9110 14.2 allows both).
   */
  readonly rangeOnMiss: 'whole' | 'forward'
  /** The leader's own answer is adapted to its Range, conditionals and HEAD, as a later hit would be. */
  readonly transformLeader: boolean
  /**
   * Ranges as RFC 9110 14 has them; or as Fastly serves them: of several the first, never a 416, ends that lie behind the body as
   * they were asked for, and with `If-Range` the whole (semantics 8.3b).
   */
  readonly ranges: 'rfc9110' | 'fastly'
  /** `If-None-Match` compared weakly over the trimmed list (RFC 9110 13.1.2), or exactly. */
  readonly entityTags: 'weak' | 'exact'
  /** Whether a 304 that the cache makes has an `Age`. */
  readonly ageOn304: boolean
  /** `beforeSend` also sees requests that go past the cache. */
  readonly hooksOnPass: boolean
  /**
   * What was sent before a matching hard purge has its answer stored already stale: fresh for nobody who asked after
   * the purge.
   */
  readonly purgeGeneration: boolean
  /** `x-cache` and `x-cache-hits` on every answer. */
  readonly xCache: boolean
  /** `Cache-Status` (RFC 9211) on every answer. */
  readonly cacheStatus: boolean
}

/** A preset by name, or single fields that differ from `rfc9111`. */
export type PolicyChoice = 'rfc9111' | 'fastly' | Partial<Policy>

/** What a careful shared cache does. The default. */
export const rfc9111: Policy = Object.freeze<Policy>({
  defaultFreshnessSeconds: 0,
  heuristicFraction: 0.1,
  heuristicMaxSeconds: 2 ** 32 - 1,
  invalidFreshness: 'stale',
  initialAge: 'corrected',
  targetedFields: Object.freeze(['surrogate-control', 'cdn-cache-control']),
  noCache: 'validate',
  mustRevalidate: 'forbid-stale',
  varyStar: 'refuse',
  varyNormalization: 'by-meaning',
  authorization: 'rfc',
  setCookie: 'public',
  malformedDirectives: 'refuse',
  mismatchedValidator: 'fail',
  forbiddenUpdate: 'decline',
  markerMode: 'miss',
  markerSeconds: 2,
  onDeclined: 'release-all',
  onFailed: 'share',
  shareUnfresh: true,
  staleIfErrorStatuses: Object.freeze([500, 502, 503, 504]),
  requestDirectives: true,
  invalidation: true,
  postAnswers: 'store',
  headAnswers: 'update',
  partialContent: 'store',
  rangeOnMiss: 'whole',
  transformLeader: true,
  ranges: 'rfc9110',
  entityTags: 'weak',
  ageOn304: true,
  hooksOnPass: false,
  purgeGeneration: true,
  xCache: true,
  cacheStatus: true,
})

/** What Fastly Compute does with guest-side caching, defects excepted. */
export const fastly: Policy = Object.freeze<Policy>({
  defaultFreshnessSeconds: 3600,
  heuristicFraction: 0,
  heuristicMaxSeconds: 0,
  invalidFreshness: 'absent',
  initialAge: 'age-field',
  targetedFields: Object.freeze(['surrogate-control']),
  noCache: 'ignore',
  mustRevalidate: 'ignore',
  varyStar: 'ordinary',
  varyNormalization: 'exact',
  authorization: 'ignore',
  setCookie: 'never',
  malformedDirectives: 'refuse',
  mismatchedValidator: 'update',
  forbiddenUpdate: 'apply',
  markerMode: 'pass',
  markerSeconds: 'freshness',
  onDeclined: 'promote-one',
  onFailed: 'promote-one',
  shareUnfresh: false,
  staleIfErrorStatuses: Object.freeze([]),
  requestDirectives: false,
  invalidation: false,
  postAnswers: 'ignore',
  headAnswers: 'ignore',
  partialContent: 'refuse',
  rangeOnMiss: 'whole',
  transformLeader: false,
  ranges: 'fastly',
  entityTags: 'exact',
  ageOn304: false,
  hooksOnPass: false,
  purgeGeneration: false,
  xCache: true,
  cacheStatus: false,
})

/** The policy that `choice` names or describes. @throws InvalidArgumentError for an unknown name, field or value. */
export function resolvePolicy(choice: PolicyChoice | undefined): Policy {
  if (choice === undefined || choice === 'rfc9111') return rfc9111
  if (choice === 'fastly') return fastly
  if (!isRecord(choice)) throw new InvalidArgumentError(`unknown policy: ${printed(choice)}`)
  const given = Object.entries(choice).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!isPolicyField(name)) throw new InvalidArgumentError(`unknown policy field: ${name}`)
    if (!accepts[name](value)) throw new InvalidArgumentError(`policy.${name} cannot be ${printed(value)}`)
  }
  return Object.freeze<Policy>({ ...rfc9111, ...Object.fromEntries(given) })
}

type Accept = (value: unknown) => boolean

const flag: Accept = (value) => typeof value === 'boolean'
const amount: Accept = (value) => typeof value === 'number' && value >= 0
const listOf =
  (accept: Accept): Accept =>
  (value) =>
    Array.isArray(value) && value.every(accept)
const oneOf =
  (...choices: readonly unknown[]): Accept =>
  (value) =>
    choices.includes(value)

/** What each field can be; a field missing here does not compile. */
const accepts: Readonly<Record<keyof Policy, Accept>> = {
  defaultFreshnessSeconds: amount,
  heuristicFraction: (value) => amount(value) && Number(value) <= 1,
  heuristicMaxSeconds: amount,
  invalidFreshness: oneOf('stale', 'absent'),
  initialAge: oneOf('corrected', 'age-field'),
  targetedFields: listOf((name) => typeof name === 'string' && /^[a-z0-9-]+$/.test(name)),
  noCache: oneOf('validate', 'ignore'),
  mustRevalidate: oneOf('forbid-stale', 'ignore'),
  varyStar: oneOf('refuse', 'ordinary'),
  varyNormalization: oneOf('by-meaning', 'exact', 'by-selection'),
  authorization: oneOf('rfc', 'ignore'),
  setCookie: oneOf('share', 'public', 'never'),
  malformedDirectives: oneOf('refuse', 'ignore'),
  mismatchedValidator: oneOf('fail', 'refetch', 'update'),
  forbiddenUpdate: oneOf('decline', 'apply'),
  markerMode: oneOf('pass', 'miss'),
  markerSeconds: (value) => value === 'freshness' || amount(value),
  onDeclined: oneOf('release-all', 'promote-one'),
  onFailed: oneOf('share', 'promote-one'),
  shareUnfresh: oneOf('alike', true, false),
  staleIfErrorStatuses: listOf((status) => Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599),
  requestDirectives: flag,
  invalidation: flag,
  postAnswers: oneOf('store', 'ignore'),
  headAnswers: oneOf('update', 'ignore'),
  partialContent: oneOf('store', 'refuse'),
  rangeOnMiss: oneOf('whole', 'forward'),
  transformLeader: flag,
  ranges: oneOf('rfc9110', 'fastly'),
  entityTags: oneOf('weak', 'exact'),
  ageOn304: flag,
  hooksOnPass: flag,
  purgeGeneration: flag,
  xCache: flag,
  cacheStatus: flag,
}

function isPolicyField(name: string): name is keyof Policy {
  return Object.hasOwn(accepts, name)
}
