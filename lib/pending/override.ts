/** What a caller decides about caching before anything is known of the response (semantics 6.5). */

import { InvalidArgumentError } from '../base/errors.js'
import { isRecord, printed } from '../base/options.js'

/**
 * What replaces the response's own word on caching. Seconds, where no other unit is named; a field that is left out
 * changes nothing.
 */
export interface CacheOverrideFields {
  /** How many seconds the response is fresh, from when it arrives. */
  ttl?: number
  /** For how many seconds after its freshness it is served stale while it is fetched anew (RFC 5861 3). */
  staleWhileRevalidate?: number
  /** For how many seconds after its freshness it stands in for a fetch that fails (RFC 5861 4). */
  staleIfError?: number
  /** More keys to purge it by, separated by spaces. */
  surrogateKey?: string
  /** Whether it is kept out of stores that survive the process. */
  sensitive?: boolean
  /** How many milliseconds to wait for another's fetch; without it there is no end. */
  lookupTimeoutMs?: number
}

/** `pass` goes around the cache, `none` overrides nothing. */
export type CacheOverride = 'none' | 'pass' | CacheOverrideFields

const NUMBERS: readonly string[] = ['ttl', 'staleWhileRevalidate', 'staleIfError', 'lookupTimeoutMs']

/** Seconds beyond this saturate, as those of a header do. */
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

/** The numbers of an override that has any. */
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
