/** What a caller decides about caching before anything is known of the response (semantics 6.5). */

import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'

/** Numbers that replace what the response says. Seconds; a field left out changes nothing, 0 is zero. */
export interface CacheOverrideFields {
  /** How many seconds the response is fresh, from when it arrives. */
  ttl?: number
  /** Seconds after its freshness (RFC 5861 3). */
  staleWhileRevalidate?: number
  /** Seconds after its freshness (RFC 5861 4). */
  staleIfError?: number
  /** More keys to purge it by, separated by spaces. */
  surrogateKey?: string
  /** Keep it out of stores that survive the process. */
  sensitive?: boolean
  /** Milliseconds to wait for another's fetch. */
  lookupTimeoutMs?: number
}

/** `pass` goes around the cache, `none` overrides nothing. */
export type CacheOverride = 'none' | 'pass' | CacheOverrideFields

const NUMBERS = ['ttl', 'staleWhileRevalidate', 'staleIfError', 'lookupTimeoutMs'] as const

/** Seconds beyond this saturate (semantics 0.4). */
const MOST_SECONDS = 2 ** 32 - 1

/** A checked, frozen copy. Throws `InvalidArgumentError`. */
export function checkedOverride(override: unknown): CacheOverride {
  if (override === undefined || override === 'none') return 'none'
  if (override === 'pass') return 'pass'
  if (typeof override !== 'object' || override === null || Array.isArray(override)) {
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
  if ((NUMBERS as readonly string[]).includes(name)) return checkedSeconds(`cacheOverride.${name}`, value)
  if (name === 'surrogateKey' && typeof value === 'string') return value
  if (name === 'sensitive' && typeof value === 'boolean') return value
  throw new InvalidArgumentError(`cacheOverride.${name} does not exist, or not as ${typeof value}`)
}

/** A number of seconds, 0 or more; saturates. Throws `InvalidArgumentError`. */
export function checkedSeconds(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0))
    throw new InvalidArgumentError(`${name} is a number of at least 0, not ${printed(value)}`)
  return Math.min(value, MOST_SECONDS)
}
