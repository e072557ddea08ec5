/** The numbers and names an answer is stored with, as its own head suggests them (semantics 6.4, 6.5). */

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
  /** The whole freshness lifetime, compared with an age that starts at `initialAgeMs`. */
  readonly maxAgeMs: number
  readonly initialAgeMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly varyNames: readonly string[]
  readonly surrogateKeys: readonly string[]
  /** Bytes of the body; a body of another length fails. */
  readonly length?: number | undefined
  /** What goes around the body that is written, from the one that was found (RFC 9111 3.4); `length` is that of all of it. */
  readonly splice?: Splice | undefined
  /** Kept out of storage that outlives the process. */
  readonly sensitive: boolean
  /** Whether a request's `max-stale` may not reach beyond freshness and the two windows (RFC 9111 4.2.4). */
  readonly forbidsStale: boolean
}

/** Where an answer came from and when. */
export interface WriteContext {
  readonly policy: Policy
  /** The cache key it is stored under. */
  readonly key: string
  /** See `TimedHead`. */
  readonly delayMs: number
  readonly responseWallMs: number
}

/** What the head of a prepared response suggests; recompute it after the head was edited (semantics 7.3). */
export function suggestedOptions(head: ResponseHead, context: WriteContext): WriteOptions {
  const { policy, key, ...timing } = context
  const timed: TimedHead = { fields: head.fields, ...timing }
  const directives = responseDirectives(head.fields, policy)?.directives
  const names = varyNames(head.fields)
  return {
    maxAgeMs: freshnessLifetimeSeconds(head, policy, timing.responseWallMs) * 1000,
    initialAgeMs: initialAgeSeconds(timed, policy) * 1000,
    ...staleness(directives, policy),
    varyNames: names === '*' ? ['*'] : names,
    surrogateKeys: [cacheKeyHex(key)],
    sensitive: false,
  }
}

type Staleness = Pick<WriteOptions, 'staleWhileRevalidateMs' | 'staleIfErrorMs' | 'forbidsStale'>

/**
 * The windows of RFC 5861, closed where the response must be validated once stale. `s-maxage` alone also means that
 * (RFC 9111 5.2.2.10); a window named beside it is the origin's own exception.
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
