/** The policy: one named field for each choice that the RFCs leave open or Fastly makes differently, and two presets. */

import { InvalidArgumentError } from '../base/errors.js'
import { isRecord, printed } from '../base/options.js'

/**
 * How a cache decides where the RFCs leave a choice. Start from a preset and change single fields:
 * `policy: { ...fastly, markerMode: 'miss' }` or just `policy: { markerMode: 'pass' }` (over `rfc9111`).
 */
export interface Policy {
  /** Freshness lifetime in seconds of a response that gives none and to which the heuristic does not apply. */
  readonly defaultFreshnessSeconds: number
  /** Fraction of the time since `Last-Modified` taken as freshness (RFC 9111 4.2.2); 0 switches the heuristic off. */
  readonly heuristicFraction: number
  /** Upper bound of that heuristic, in seconds. */
  readonly heuristicMaxSeconds: number
  /**
   * A response with an invalid `Age`, or with an invalid `s-maxage`, `max-age` or `Expires` and no valid directive of the two, is stale
   * at once (RFC 9111 4.2.1, 5.3); or the invalid value counts as absent, and of several `Age` values the first counts (5.1).
   */
  readonly invalidFreshness: 'stale' | 'absent'
  /** The age of a response when it arrives: corrected for the delay (RFC 9111 4.2.3), or the bare value of its `Age`. */
  readonly initialAge: 'corrected' | 'age-field'
  /** Targeted fields (RFC 9213) that replace `Cache-Control`, in lower case. The first that is present counts. */
  readonly targetedFields: readonly string[]
  /** A response with unqualified `no-cache` is stored but validated on every use (RFC 9111 5.2.2.4); or `no-cache` is ignored. */
  readonly noCache: 'validate' | 'ignore'
  /** `must-revalidate`, `proxy-revalidate` and `s-maxage` forbid stale answers (RFC 9111 4.2.4), or are ignored. */
  readonly mustRevalidate: 'forbid-stale' | 'ignore'
  /** A response with `Vary: *` is never stored (RFC 9111 4.1), or `*` counts as an ordinary name. */
  readonly varyStar: 'refuse' | 'ordinary'
  /**
   * How the fields that `Vary` names are compared: `by-meaning` ignores differences without meaning, in `Accept-Encoding` and
   * `Accept-Language` for instance (RFC 9111 4.1); `exact` compares them byte for byte. `by-selection` goes beyond what the RFC
   * allows: it also takes a fresh answer in the language that a request prefers for the one that the origin would choose. It is
   * for sites that negotiate languages by quality and by nothing else.
   */
  readonly varyNormalization: 'by-meaning' | 'exact' | 'by-selection'
  /** Answers to requests with `Authorization` are shared only as RFC 9111 3.5 allows, or as any other. */
  readonly authorization: 'rfc' | 'ignore'
  /**
   * Responses with `Set-Cookie` are shared as any other (RFC 9111 7.3 has no objection), only if they say `public`, or never. A hook
   * may allow it in any case.
   */
  readonly setCookie: 'share' | 'public' | 'never'
  /** A response with a directive that does not parse is not stored, or the directive is ignored (RFC 9111 4.2.1 allows both). */
  readonly malformedDirectives: 'refuse' | 'ignore'
  /**
   * What a 304 does whose entity tag is not the stored one (RFC 9111 4.3.4): it fails the fetch; or it has the origin asked again,
   * unconditionally; or it updates the stored response except for the tag. `fail` asks again if no tag is stored, or both differ
   * only in being weak. A strong `Last-Modified` that is the stored one makes up for such a tag.
   */
  readonly mismatchedValidator: 'fail' | 'refetch' | 'update'
  /**
   * What a 304 does that would make the stored response private or not storable (RFC 9111 3, 3.2): it answers its own request and
   * leaves a marker, as a full answer would; or it updates the stored response all the same.
   */
  readonly forbiddenUpdate: 'decline' | 'apply'
  /** What a lookup returns for the marker of an uncacheable answer: a pass (see `hooksOnPass`) or a miss; neither is collapsed. */
  readonly markerMode: 'pass' | 'miss'
  /** Lifetime of the marker in seconds, or the response's own freshness lifetime (at least 1 s). */
  readonly markerSeconds: number | 'freshness'
  /**
   * What the followers do if the leader's answer may not be shared: all fetch for themselves at once; or the first of them becomes
   * the leader and the others follow it, and so on (semantics 3.5-5, 4.1).
   */
  readonly onDeclined: 'release-all' | 'promote-one'
  /**
   * What the followers do if the leader's fetch fails: all share the failure; or the first of them becomes the leader and the others
   * follow it (semantics 4.1).
   */
  readonly onFailed: 'share' | 'promote-one'
  /**
   * Which followers share a storable answer of freshness 0. `true`: all (RFC 9111 4 allows it). `'alike'`: those for whom the same
   * request would be sent, so that the origin could not tell them apart; the others fetch at once. `false`: none; they fetch one
   * after the other (semantics 3.5-4).
   */
  readonly shareUnfresh: 'alike' | boolean
  /** Statuses that count as an error for stale-if-error (RFC 5861 4). Fastly leaves that to a hook. */
  readonly staleIfErrorStatuses: readonly number[]
  /**
   * Whether request directives are honoured (RFC 9111 5.2.1, 5.4; RFC 5861 4): `no-cache`, `no-store`, `max-age`, `min-fresh`,
   * `max-stale`, `only-if-cached`, `stale-if-error`.
   */
  readonly requestDirectives: boolean
  /** Whether a successful unsafe request invalidates what is stored for its URI (RFC 9111 4.4). */
  readonly invalidation: boolean
  /** An answer to `POST` that says it also answers `GET` is stored for that (RFC 9110 9.3.3), or never stored. */
  readonly postAnswers: 'store' | 'ignore'
  /**
   * `update`: the origin's answer to a `HEAD` freshens the stored response, or ends its freshness (RFC 9111 4.3.5). `ignore`: it
   * changes nothing.
   */
  readonly headAnswers: 'update' | 'ignore'
  /** A 206 is stored as a part, and parts are combined (RFC 9111 3.3, 3.4); or a 206 is never stored. */
  readonly partialContent: 'store' | 'refuse'
  /**
   * What is fetched for a range request on a miss: the whole, which answers all later ranges, or the range alone (RFC 9110 14.2
   * allows both).
   */
  readonly rangeOnMiss: 'whole' | 'forward'
  /** Whether the leader's own answer is adapted to its range, conditions and `HEAD`, as a later hit would be. */
  readonly transformLeader: boolean
  /**
   * Ranges are served as RFC 9110 14 defines, or as Fastly does: the first of several, never a 416, an end behind the body repeated
   * as it was requested, and the whole if there is an `If-Range` (semantics 8.3b).
   */
  readonly ranges: 'rfc9110' | 'fastly'
  /** `If-None-Match` is compared weakly, member by member (RFC 9110 13.1.2), or exactly. */
  readonly entityTags: 'weak' | 'exact'
  /** Whether a 304 that the cache makes has an `Age`. */
  readonly ageOn304: boolean
  /** Whether `beforeSend` is also called for requests that bypass the cache. Otherwise no hook is called for them. */
  readonly hooksOnPass: boolean
  /**
   * Whether a hard purge also applies to answers under way: the answer to a request that was sent before a matching purge is then
   * stored already stale, so that it is not fresh for requests made after the purge.
   */
  readonly purgeGeneration: boolean
  /** Whether every answer has `x-cache` and `x-cache-hits`. */
  readonly xCache: boolean
  /** Whether every answer has `Cache-Status` (RFC 9211). */
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

/** Which values each field accepts. The type demands an entry for every field. */
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
