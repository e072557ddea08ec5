/** The last edits of an answer's head: the caller's own, then what the cache says of itself. None of them is ever stored. */

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
  /** How this cache calls itself in `Cache-Status`. */
  readonly id: string
}

/** In the order of semantics 8.5: edits first, so that nobody can unsay what the cache says. */
export function finalize(answer: Omit<Answer, 'body'>, options: FinalizeOptions): ResponseHead {
  const { status, statusText, fields } = answer.head
  return { status, statusText, fields: told(answer, options.ops.apply(fields, 'response'), options) }
}

/**
 * As `finalize`, for an answer that nobody can edit: what hits of one second have in common, made once. How many hits there
 * were, each has to say for itself, where `X-Cache-Hits` is the last word.
 */
export function finalizeRecalled(answer: RecalledAnswer, options: Omit<FinalizeOptions, 'ops'>): ResponseHead {
  if (answer.told !== undefined) return answer.told
  const { status, statusText, fields } = answer.head
  const head = { status, statusText, fields: told(answer, fields, options) }
  answer.told = head
  return head
}

function told(
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
  // What came while it waited is another's fetch, whatever its age; a hit was there before (RFC 9211 2.1, 2.6).
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
