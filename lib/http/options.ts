/** The write options that an answer's own head suggests: its lifetimes, variants and surrogate keys (semantics 6.4, 6.5). */

import { initialAgeSeconds, type TimedHead } from './age.js'
import { type Directives, responseDirectives } from './directives.js'
import { freshnessLifetimeSeconds } from './freshness.js'
import { cacheKeyHex } from './key.js'
import type { ResponseHead } from './message.js'
import type { Splice } from './partial.js'
import type { Policy } from './policy.js'
import { varyNames } from './vary.js'

/** How to store one answer. Durations in milliseconds. */
export interface WriteOptions {
  /** The whole freshness lifetime. It is compared with an age that starts at `initialAgeMs`. */
  readonly maxAgeMs: number
  readonly initialAgeMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly varyNames: readonly string[]
  readonly surrogateKeys: readonly string[]
  /** Bytes of the body, spliced bytes included; a body of another length fails. */
  readonly length?: number | undefined
  /** How many bytes of the stored body go before and after the body that is written (RFC 9111 3.4). */
  readonly splice?: Splice | undefined
  /** Whether the answer must be kept out of storage that outlives the process. */
  readonly sensitive: boolean
  /** Whether a request's `max-stale` may not reach beyond freshness and the two windows (RFC 9111 4.2.4). */
  readonly forbidsStale: boolean
}

/** What the suggested options depend on besides the head. */
export interface WriteContext {
  readonly policy: Policy
  /** The cache key under which the answer is stored. */
  readonly key: string
  /** See `TimedHead`. */
  readonly delayMs: number
  readonly responseWallMs: number
}

/** The options that the head of a prepared response suggests. To be computed again when the head was edited (semantics 7.3). */
export function suggestedOptions(head: ResponseHead, context: WriteContext): WriteOptions {
  const { policy, key, ...timing } = context
  const timed: TimedHead = { fields: head.fields, ...timing }
  const directives = responseDirectives(head.fields, policy)?.directives
  return {
    maxAgeMs: freshnessLifetimeSeconds(head, policy, timing.responseWallMs) * 1000,
    initialAgeMs: initialAgeSeconds(timed, policy) * 1000,
    ...staleness(directives, policy),
    varyNames: varyNames(head.fields, policy),
    surrogateKeys: [cacheKeyHex(key)],
    sensitive: false,
  }
}

type Staleness = Pick<WriteOptions, 'staleWhileRevalidateMs' | 'staleIfErrorMs' | 'forbidsStale'>

/**
 * The windows of RFC 5861. They are 0 if the response must be validated once it is stale. `s-maxage` also demands that
 * (RFC 9111 5.2.2.10), but a window that the origin names beside it is its own exception and counts.
 */
function staleness(directives: Directives | undefined, policy: Policy): Staleness {
  const neverStale = directives === undefined || mustValidate(directives, policy)
  const seconds = (name: 'stale-while-revalidate' | 'stale-if-error') =>
    neverStale ? 0 : (directives.seconds(name) ?? 0)
  return {
    staleWhileRevalidateMs: seconds('stale-while-revalidate') * 1000,
    staleIfErrorMs: seconds('stale-if-error') * 1000,
    forbidsStale: neverStale || (policy.mustRevalidate === 'forbid-stale' && directives.has('s-maxage')),
  }
}

function mustValidate(directives: Directives, policy: Policy): boolean {
  if (policy.noCache === 'validate' && directives.unqualified('no-cache')) return true
  if (policy.mustRevalidate === 'ignore') return false
  return directives.has('must-revalidate') || directives.has('proxy-revalidate')
}
