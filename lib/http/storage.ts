/** Whether an answer may be stored, and with which head (RFC 9111 3, 3.1, 3.2, 3.5, 4.3.4, RFC 6585). */

import { sameStrongDate, sameTag } from './conditional.js'
import { isPart, partOf } from './content-range.js'
import { type Directives, demandedBy, type ResponseDirectives, responseDirectives } from './directives.js'
import { HEURISTICALLY_CACHEABLE, hasExplicitFreshness } from './freshness.js'
import { withoutUnstorable } from './hop.js'
import {
  type Fields,
  first,
  has,
  members,
  type RequestHead,
  type ResponseHead,
  sameValues,
  without,
  withoutListed,
} from './message.js'
import { isRequestCacheable } from './methods.js'
import { combineParts, type Splice, singlePart } from './partial.js'
import type { Policy } from './policy.js'
import { varyNames } from './vary.js'

/**
 * What becomes of an answer: it is stored, it freshens the stored response, it leaves a marker so that the next requests need not
 * wait for each other, or nothing of it is kept.
 */
export type StorageAction = 'insert' | 'update' | 'record-uncacheable' | 'do-not-store'

/**
 * The decision, and the head to go on with. `mismatched-validator` is a 304 for another response than the stored one, which it must
 * not update (RFC 9111 4.3.4).
 */
export interface PreparedResponse {
  readonly action: StorageAction | 'mismatched-validator'
  readonly head: ResponseHead
  /** How the body is combined with the stored one, if the answer is a part or completes one. `head` is that of the result. */
  readonly splice?: Splice | undefined
  /** Fields that are for this request alone, by `no-cache` or `private`, and are not stored (RFC 9111 5.2.2.4, 5.2.2.7). */
  readonly requesterOnly?: Fields | undefined
}

/** Judges `response`, the answer to `request`. `stored` is the response that was to be validated, if there was one. */
export function prepareForStorage(
  request: RequestHead,
  response: ResponseHead,
  stored: ResponseHead | undefined,
  policy: Policy,
): PreparedResponse {
  if (response.status === 304 && stored !== undefined) return prepareUpdate(request, response, stored, policy)
  const said = responseDirectives(response.fields, policy)
  const action = storageAction(request, response, said, policy)
  if (action !== 'insert' || said === undefined) return { action, head: response }
  const { directives } = said
  const head = { ...response, fields: storableFields(response.fields, directives) }
  if (has(head.fields, 'set-cookie') && !sharesCookies(directives, policy)) {
    return { action: 'record-uncacheable', head: response }
  }
  const requesterOnly = requesterOnlyFields(response.fields, [directives])
  return isPart(head, policy) ? { ...preparePart(head, stored), requesterOnly } : { action, head, requesterOnly }
}

/** Fields that describe the stored bytes. They are not taken over from a newer head, which came without those bytes. */
const OF_THE_BODY = [
  'content-length',
  'content-encoding',
  'content-range',
  'content-md5',
  'content-digest',
  'digest',
  'etag',
] as const

/**
 * `stored` with the fields of a newer head of the same representation (RFC 9111 3.2). `Set-Cookie` is taken over only with `share`.
 * The stored `Age` is dropped even if the newer head has none: it belongs to the older answer.
 */
export function freshen(stored: ResponseHead, newer: Fields, cookies: 'drop' | 'share' = 'drop'): ResponseHead {
  const storable = without(withoutUnstorable(newer), ...OF_THE_BODY)
  const news = cookies === 'share' ? storable : without(storable, 'set-cookie')
  const replaced = new Set(['age', ...news.map(([name]) => name)])
  const kept = stored.fields.filter(([name]) => !replaced.has(name))
  return { ...stored, fields: [...kept, ...news, ...codingChoice(stored.fields, news)] }
}

/**
 * The `Vary` that a newer one lacks though the coding of the stored bytes, or that they have none, was chosen by it (RFC 9111 3.2
 * exempts what the stored response depends on). Servers that compress answers name `Accept-Encoding` only in those, not in a 304.
 */
function codingChoice(stored: Fields, news: Fields): Fields {
  const byCoding = (fields: Fields) => members(fields, 'vary').some((name) => name.toLowerCase() === 'accept-encoding')
  return has(news, 'vary') && byCoding(stored) && !byCoding(news) ? [['vary', 'Accept-Encoding']] : []
}

/** A part is combined with the stored one if possible, and otherwise replaces it. */
function preparePart(head: ResponseHead, stored: ResponseHead | undefined): PreparedResponse {
  const range = partOf(head)
  if (range === undefined) return { action: 'do-not-store', head }
  const joined = stored && combineParts(stored, head, (part, newer) => freshen(part, newer, 'share'))
  return { action: 'insert', ...(joined?.kind === 'combined' ? joined : singlePart(head, range)) }
}

/** `trailers` without the fields that, by `no-cache` or `private` in the head, are not stored (RFC 9111 5.2.2.4, 5.2.2.7). */
export function storableTrailers(trailers: Fields, head: ResponseHead, policy: Policy): Fields {
  const said = responseDirectives(head.fields, policy)
  return said === undefined ? trailers : withoutListed(trailers, qualifiedNames(said.directives))
}

function prepareUpdate(
  request: RequestHead,
  response: ResponseHead,
  stored: ResponseHead,
  policy: Policy,
): PreparedResponse {
  if (policy.mismatchedValidator !== 'update' && !validates(response.fields, stored.fields)) {
    return { action: 'mismatched-validator', head: response }
  }
  const merged = freshen(stored, response.fields, 'share')
  const forbidden = forbiddenUpdate(request, merged, policy)
  if (forbidden !== undefined) return { action: forbidden, head: merged }
  const said = responseDirectives(response.fields, policy)?.directives
  const shared = sharesCookies(said, policy) ? merged : freshen(stored, response.fields)
  // Fields that the stored directives exclude stay excluded, even if the 304 does not repeat those directives.
  const limits = [responseDirectives(stored.fields, policy)?.directives, said].filter((known) => known !== undefined)
  const head = { ...stored, fields: withoutListed(shared.fields, limits.flatMap(qualifiedNames)) }
  return { action: 'update', head, requesterOnly: requesterOnlyFields(response.fields, limits) }
}

/** The action for a validated response that, as updated, must not be stored (RFC 9111 3); `undefined` if it may be. */
function forbiddenUpdate(request: RequestHead, merged: ResponseHead, policy: Policy): StorageAction | undefined {
  if (policy.forbiddenUpdate === 'apply') return undefined
  const directives = responseDirectives(merged.fields, policy)?.directives
  if (directives === undefined) return 'do-not-store'
  return isPrevented(request, merged.fields, directives, policy) ? 'record-uncacheable' : undefined
}

function sharesCookies(directives: Directives | undefined, policy: Policy): boolean {
  return policy.setCookie === 'share' || (policy.setCookie === 'public' && directives?.has('public') === true)
}

/**
 * Whether a 304 is about the stored response. A strong tag must equal the stored one, a weak one match it weakly. Where neither is
 * so, nor is the stored tag that of something else, the same `Last-Modified` will do if it is strong: nginx weakens the tag of a body
 * that it compresses, and not that of the 304.
 */
function validates(newer: Fields, stored: Fields): boolean {
  const tag = first(newer, 'etag')
  if (tag === undefined) return true
  const storedTag = first(stored, 'etag')
  if (storedTag !== undefined && sameTag(tag, storedTag, tag.startsWith('W/') ? 'weak' : 'strong')) return true
  return (storedTag === undefined || sameTag(tag, storedTag, 'weak')) && sameStrongDate(newer, stored)
}

function storageAction(
  request: RequestHead,
  response: ResponseHead,
  said: ResponseDirectives | undefined,
  policy: Policy,
): StorageAction {
  const { status } = response
  if (said === undefined || !isRequestCacheable(request) || !isStorable(response, said.directives, policy))
    return 'do-not-store'
  const { directives } = said
  // A 416 depends on the range, which is no part of the key (RFC 9110 15.5.17).
  if (status === 416 && has(request.fields, 'range')) return 'do-not-store'
  // `no-store` in a request concerns its own answer only, so no marker is left: the next answer may be stored.
  if (demandedBy(request, policy).has('no-store')) return 'do-not-store'
  if (!isPrevented(request, response.fields, directives, policy) && isMeantToBeStored(response, said)) {
    return 'insert'
  }
  return HEURISTICALLY_CACHEABLE.has(status) || directives.has('public') ? 'record-uncacheable' : 'do-not-store'
}

/** What was wrong with one request, or with the network of one client: never stored, whatever the answer says (RFC 6585 3 to 6). */
const OF_ONE_CLIENT: ReadonlySet<number> = new Set([428, 429, 431, 511])

/**
 * Whether a response can be stored at all: it is final, and complete or a valid part. With `must-understand`, its status must also
 * be one whose caching rules are implemented here (RFC 9111 5.2.2.3).
 */
function isStorable(response: ResponseHead, directives: Directives, policy: Policy): boolean {
  const { status } = response
  if (status < 200 || status === 304 || OF_ONE_CLIENT.has(status)) return false
  if (status === 206 && !(isPart(response, policy) && partOf(response) !== undefined)) return false
  return !directives.has('must-understand') || HEURISTICALLY_CACHEABLE.has(status)
}

function isPrevented(request: RequestHead, fields: Fields, directives: Directives, policy: Policy): boolean {
  if (directives.has('no-store') && !directives.has('must-understand')) return true
  if (directives.unqualified('private')) return true
  if (policy.varyStar === 'refuse' && varyNames(fields, policy).includes('*')) return true
  return policy.authorization === 'rfc' && has(request.fields, 'authorization') && !mayShareAuthorized(directives)
}

/** Whether an answer to a request with `Authorization` may be shared (RFC 9111 3.5). */
function mayShareAuthorized(directives: Directives): boolean {
  return directives.has('public') || directives.has('must-revalidate') || directives.has('s-maxage')
}

/** The last condition of RFC 9111 3: a status that is heuristically cacheable, `public`, or an explicit lifetime. */
function isMeantToBeStored({ status, fields }: ResponseHead, said: ResponseDirectives): boolean {
  return HEURISTICALLY_CACHEABLE.has(status) || said.directives.has('public') || hasExplicitFreshness(fields, said)
}

/**
 * `head`, which a hook stores though `received` may not be stored, without the fields that are never stored (RFC 9111 3.1), nor those
 * that `received` says are for this request alone, unless the hook has changed their values.
 */
export function preparedByHook(head: ResponseHead, received: ResponseHead, policy: Policy): PreparedResponse {
  const named = responseDirectives(received.fields, policy)?.directives
  const names = named === undefined ? [] : qualifiedNames(named)
  const withheld = new Set(names.filter((name) => sameValues(head.fields, received.fields, name)))
  const storable = withoutUnstorable(head.fields)
  const fields = storable.filter(([name]) => !withheld.has(name))
  const requesterOnly = storable.filter(([name]) => withheld.has(name))
  return { action: 'insert', head: { ...head, fields }, requesterOnly }
}

function storableFields(fields: Fields, directives: Directives): Fields {
  return withoutListed(withoutUnstorable(fields), qualifiedNames(directives))
}

function requesterOnlyFields(fields: Fields, limits: readonly Directives[]): Fields | undefined {
  const names = new Set(limits.flatMap(qualifiedNames))
  return names.size === 0 ? undefined : withoutUnstorable(fields).filter(([name]) => names.has(name))
}

function qualifiedNames(directives: Directives): readonly string[] {
  return [...directives.qualified('no-cache'), ...directives.qualified('private')]
}
