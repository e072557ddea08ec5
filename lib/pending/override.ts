/** The cache override: what a caller decides about caching before the response is known (semantics 6.5). */

import { InvalidArgumentError } from '../base/errors.js'
import { isRecord, printed } from '../base/options.js'

/**
 * Values that replace what the response itself says about caching. In seconds where no other unit is named. A field that is left
 * out changes nothing.
 */
export interface CacheOverrideFields {
  /** How many seconds the response is fresh, counted from when it is stored. */
  ttl?: number
  /** Seconds past its freshness during which the response is served stale while it is revalidated (RFC 5861 3). */
  staleWhileRevalidate?: number
  /** Seconds past its freshness during which the response stands in for a fetch that fails (RFC 5861 4). */
  staleIfError?: number
  /** Additional surrogate keys to purge the response by, separated by spaces. */
  surrogateKey?: string
  /** Whether the response is kept out of stores that survive the process. */
  sensitive?: boolean
  /** Milliseconds to wait for another request's fetch; without it, the wait has no limit. */
  lookupTimeoutMs?: number
}

/** `pass` goes past the cache, `none` overrides nothing. */
export type CacheOverride = 'none' | 'pass' | CacheOverrideFields

const NUMBERS: readonly string[] = ['ttl', 'staleWhileRevalidate', 'staleIfError', 'lookupTimeoutMs']

/** Larger numbers are cut to this one, as those in a header are. */
const MOST_SECONDS = 2 ** 32 - 1

/** A checked, frozen copy. Throws `InvalidArgumentError`. */
export function checkedOverride(override: unknown): CacheOverride {
  if (override === undefined || override === 'none') return 'none'
  if (override === 'pass') return 'pass'
  if (!isRecord(override)) {
    throw new InvalidArgumentError(`cacheOverride is 'none', 'pass' or an object, not ${printed(override)}`)
  }
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(override)) {
    if (value !== undefined) fields[name] = checkedField(name, value)
  }
  return Object.freeze(fields) as CacheOverrideFields
}

/** The fields of an override; none for `none` and `pass`. */
export function overrideFields(override: CacheOverride): CacheOverrideFields {
  return typeof override === 'object' ? override : {}
}

function checkedField(name: string, value: unknown): unknown {
  if (NUMBERS.includes(name)) return checkedSeconds(`cacheOverride.${name}`, value)
  if (name !== 'surrogateKey' && name !== 'sensitive')
    throw new InvalidArgumentError(`there is no cacheOverride.${name}`)
  if (typeof value === (name === 'sensitive' ? 'boolean' : 'string')) return value
  throw new InvalidArgumentError(`cacheOverride.${name} cannot be ${printed(value)}`)
}

/** A number of seconds, 0 or more; saturates. Throws `InvalidArgumentError`. */
export function checkedSeconds(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0))
    throw new InvalidArgumentError(`${name} is a number of at least 0, not ${printed(value)}`)
  return Math.min(value, MOST_SECONDS)
}
