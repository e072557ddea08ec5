/** Makes the head that a caller gets: the caller's edits, then the cache's own fields. None of these are ever stored. */

import { type CacheStatus, withCacheStatus, withXCache } from '../http/cache-status.js'
import type { Fields, RequestHead, ResponseHead } from '../http/message.js'
import { isRequestCacheable } from '../http/methods.js'
import type { Policy } from '../http/policy.js'
import { withoutSurrogateFields } from '../http/surrogate-fields.js'
import { type Answer, freshForSeconds, isServedFromCache } from './answer.js'
import type { HeaderOps } from './header-ops.js'
import type { RecalledAnswer } from './recalled.js'

export interface FinalizeOptions {
  readonly request: RequestHead
  readonly policy: Policy
  readonly ops: HeaderOps
  /** The name of this cache in `Cache-Status`. */
  readonly id: string
}

/** In the order of semantics 8.5: the caller's edits come first, so that they cannot remove the cache's own fields. */
export function finalize(answer: Omit<Answer, 'body'>, options: FinalizeOptions): ResponseHead {
  const { status, statusText, fields } = answer.head
  return { status, statusText, fields: finalFields(answer, options.ops.apply(fields, 'response'), options) }
}

/**
 * Like `finalize`, for a remembered answer, which has no edits. Hits with the same `Age` and `ttl` share one head, made once. The
 * number of hits in that head is the first one's: whoever writes it out replaces the last `X-Cache-Hits` with its own.
 */
export function finalizeRecalled(answer: RecalledAnswer, options: Omit<FinalizeOptions, 'ops'>): ResponseHead {
  if (answer.finalHead !== undefined) return answer.finalHead
  const { status, statusText, fields } = answer.head
  const head = { status, statusText, fields: finalFields(answer, fields, options) }
  answer.finalHead = head
  return head
}

function finalFields(
  answer: Omit<Answer, 'body'>,
  given: Fields,
  { request, policy, id }: Omit<FinalizeOptions, 'ops'>,
): Fields {
  let fields = withoutSurrogateFields(request, given)
  const hit = isServedFromCache(answer.source)
  if (policy.xCache) fields = withXCache(fields, hit ? 'hit' : 'miss', hit ? (answer.object?.hits ?? 0) : 0)
  if (policy.cacheStatus) fields = withCacheStatus(fields, id, cacheStatus(answer, request))
  return fields
}

function cacheStatus(answer: Omit<Answer, 'body'>, request: RequestHead): CacheStatus {
  const { source, object, lookup } = answer
  const ttlSeconds = object && freshForSeconds(object)
  if (source === 'stale-if-error') return { outcome: 'hit', ttlSeconds, detail: 'stale-if-error' }
  // A follower got another request's fetch, whatever its age. A hit was stored before the request came (RFC 9211 2.1, 2.6).
  if (isServedFromCache(source) && lookup?.collapsed)
    return { outcome: 'forwarded', reason: 'miss', collapsed: true, ttlSeconds }
  if (isServedFromCache(source)) return { outcome: 'hit', ttlSeconds }
  if (source === 'refused') return { outcome: 'refused', detail: 'only-if-cached' }
  return {
    outcome: 'forwarded',
    reason: lookup?.forward ?? (isRequestCacheable(request) ? 'bypass' : 'method'),
    forwardStatus: answer.forwardStatus === answer.head.status ? undefined : answer.forwardStatus,
    stored: source === 'insert' || source === 'update' ? true : undefined,
    collapsed: lookup?.collapsed ? false : undefined,
    ttlSeconds,
  }
}
