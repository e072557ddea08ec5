/** The fields by which an answer tells what the cache did: `Cache-Status` (RFC 9211) and the older `x-cache` (semantics 8.5). */

import { type BareItem, serializeItem, Token } from 'structured-headers'
import type { Fields } from './message.js'

/** Why a request went to the origin (RFC 9211 2.2). */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial'

/** What one cache did: a hit, a request forwarded for some reason, or neither of them: it refused, and made the answer itself. */
export type CacheStatus = (
  | { readonly outcome: 'hit' }
  | { readonly outcome: 'refused' }
  | {
      readonly outcome: 'forwarded'
      readonly reason: ForwardReason
      /** Status of the origin's answer, if the client gets another. */
      readonly forwardStatus?: number | undefined
      readonly stored?: boolean | undefined
      /** Whether one fetch answered this request and others. */
      readonly collapsed?: boolean | undefined
    }
) & {
  /** What is left of the freshness lifetime, in seconds; negative once stale. */
  readonly ttlSeconds?: number | undefined
  readonly key?: string | undefined
  readonly detail?: string | undefined
}

/** `fields` with one more `Cache-Status` line, for the cache called `id`, after those of the caches before it. */
export function withCacheStatus(fields: Fields, id: string, status: CacheStatus): Fields {
  return [...fields, ['cache-status', cacheStatusMember(id, status)]]
}

/** One list member, serialised. */
export function cacheStatusMember(id: string, status: CacheStatus): string {
  const { outcome, key, detail, ttlSeconds } = status
  if (key === undefined && detail === undefined) {
    if (outcome === 'hit' && ttlSeconds !== undefined) return shortHit(id, wholeSeconds(ttlSeconds))
    if (outcome === 'forwarded') return shortForward(id, status)
  }
  return serialized(id, status)
}

function serialized(id: string, status: CacheStatus): string {
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

/** Rounds towards zero: an answer that went stale within this second, or was stale from the start, has 0 and not -1. Never `-0`. */
function wholeSeconds(seconds: number): number {
  return Math.trunc(seconds) + 0
}

function ttlOf({ ttlSeconds }: CacheStatus): number | undefined {
  return ttlSeconds === undefined ? undefined : wholeSeconds(ttlSeconds)
}

/** The text of the last hit, without its ttl. Most answers are hits, and most processes have one cache. */
let lastHit = { id: '', text: '' }

function shortHit(id: string, ttl: number): string {
  if (lastHit.id !== id || lastHit.text === '')
    lastHit = { id, text: serializeItem(tokenOrString(id), new Map([['hit', true]])) }
  return `${lastHit.text};ttl=${ttl}`
}

type Forwarded = Extract<CacheStatus, { outcome: 'forwarded' }>

/** The last forward. Requests that waited for one fetch have the same text, and so have misses of one freshness lifetime. */
let lastForward: { readonly id: string; readonly status: Forwarded; readonly text: string } | undefined

function shortForward(id: string, status: Forwarded): string {
  if (lastForward?.id !== id || !sameForward(lastForward.status, status))
    lastForward = { id, status, text: serialized(id, status) }
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

/** How often the stored answer was a hit. The last line of that name is this cache's. */
export const HITS_FIELD = 'x-cache-hits'

/** `fields` with `x-cache` and `x-cache-hits` after those of the caches before. `hits` counts this hit too; 0 for a miss. */
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
