/** How an answer tells what the cache did: `Cache-Status` (RFC 9211), and the older `x-cache` (semantics 8.5). */

import { type BareItem, serializeItem, Token } from 'structured-headers'
import type { Fields } from './message.js'

/** Why a request went to the origin (RFC 9211 2.2). */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial'

/** One cache's account: it was a hit, or it was forwarded and says why, or it was neither, as a refusal made here. */
export type CacheStatus = (
  | { readonly outcome: 'hit' }
  | { readonly outcome: 'refused' }
  | {
      readonly outcome: 'forwarded'
      readonly reason: ForwardReason
      /** Status of the origin's answer, where it is not that of ours. */
      readonly forwardStatus?: number | undefined
      readonly stored?: boolean | undefined
      /** Whether this request was one of several answered by one fetch. */
      readonly collapsed?: boolean | undefined
    }
) & {
  /** What is left of the freshness lifetime, in seconds; negative once stale. */
  readonly ttlSeconds?: number | undefined
  readonly key?: string | undefined
  readonly detail?: string | undefined
}

/** `fields` with the account of the cache called `id` after those of the caches before it. */
export function withCacheStatus(fields: Fields, id: string, status: CacheStatus): Fields {
  return [...fields, ['cache-status', cacheStatusMember(id, status)]]
}

/** One list member, serialised. */
export function cacheStatusMember(id: string, status: CacheStatus): string {
  const { outcome, key, detail, ttlSeconds } = status
  if (key === undefined && detail === undefined) {
    if (outcome === 'hit' && ttlSeconds !== undefined) return plainHit(id, wholeSeconds(ttlSeconds))
    if (outcome === 'forwarded') return plainForward(id, status)
  }
  return written(id, status)
}

function written(id: string, status: CacheStatus): string {
  const forwarded = status.outcome === 'forwarded' ? status : undefined
  const parameters: readonly (readonly [string, BareItem | undefined])[] = [
    ['hit', status.outcome === 'hit' ? true : undefined],
    ['fwd', forwarded && new Token(forwarded.reason)],
    ['fwd-status', forwarded?.forwardStatus],
    ['ttl', ttlOf(status)],
    ['stored', forwarded?.stored],
    ['collapsed', forwarded?.collapsed],
    ['key', status.key === undefined ? undefined : printable(status.key)],
    ['detail', status.detail === undefined ? undefined : tokenOrString(status.detail)],
  ]
  return serializeItem(tokenOrString(id), new Map(parameters.filter(isGiven)))
}

/** Rounded towards zero: what went stale within this second, or was stale from the start, says 0 and not -1. Never `-0`. */
function wholeSeconds(seconds: number): number {
  return Math.trunc(seconds) + 0
}

function ttlOf({ ttlSeconds }: CacheStatus): number | undefined {
  return ttlSeconds === undefined ? undefined : wholeSeconds(ttlSeconds)
}

/** What the same cache said of its last hit, without the number: most accounts are of hits, and most processes have one cache. */
let lastHit = { id: '', text: '' }

function plainHit(id: string, ttl: number): string {
  if (lastHit.id !== id || lastHit.text === '')
    lastHit = { id, text: serializeItem(tokenOrString(id), new Map([['hit', true]])) }
  return `${lastHit.text};ttl=${ttl}`
}

type Forwarded = Extract<CacheStatus, { outcome: 'forwarded' }>

/** The last account of that kind: a crowd that is let go at once is told the same, and so are misses of one lifetime. */
let lastForward: { readonly id: string; readonly status: Forwarded; readonly text: string } | undefined

function plainForward(id: string, status: Forwarded): string {
  if (lastForward?.id !== id || !sameForward(lastForward.status, status))
    lastForward = { id, status, text: written(id, status) }
  return lastForward.text
}

function sameForward(a: Forwarded, b: Forwarded): boolean {
  return (
    a.reason === b.reason &&
    a.forwardStatus === b.forwardStatus &&
    ttlOf(a) === ttlOf(b) &&
    a.stored === b.stored &&
    a.collapsed === b.collapsed
  )
}

/** How often an object was found: the last line of that name is this cache's. */
export const HITS_FIELD = 'x-cache-hits'

/** `fields` with `x-cache` and `x-cache-hits` after those of the caches before; `hits` counts this one, 0 for a miss. */
export function withXCache(fields: Fields, outcome: 'hit' | 'miss', hits: number): Fields {
  return [
    ...fields,
    ['x-cache', outcome === 'hit' ? 'HIT' : 'MISS'],
    [HITS_FIELD, String(outcome === 'hit' ? hits : 0)],
  ]
}

function isGiven(parameter: readonly [string, BareItem | undefined]): parameter is [string, BareItem] {
  return parameter[1] !== undefined
}

const TOKEN = /^[A-Za-z*][!#$%&'*+.^_`|~\w:/-]*$/

function tokenOrString(text: string): BareItem {
  return TOKEN.test(text) ? new Token(text) : printable(text)
}

/** A structured string holds printable ASCII only. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?')
}
