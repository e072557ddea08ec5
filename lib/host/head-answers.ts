/** What answers to HEAD that went to the origin say of what is stored (RFC 9111 4.3.5). */

import type { Clock } from '../base/clock.js'
import type { Entry } from '../cache/entry.js'
import { MUST_INSERT_OR_UPDATE } from '../cache/outcome.js'
import type { Transactions } from '../cache/transactions.js'
import { partOf } from '../http/content-range.js'
import { requestDirectives } from '../http/directives.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { describesStored } from '../http/methods.js'
import { suggestedOptions } from '../http/options.js'
import type { Policy } from '../http/policy.js'
import { freshen, prepareForStorage } from '../http/storage.js'

interface Parts {
  readonly transactions: Transactions
  readonly policy: Policy
  readonly clock: Clock
}

/**
 * Freshens what is stored for the same request, or ends its freshness. Where somebody fetches that already, what they
 * bring is newer than this.
 */
export function heedHeadAnswer(request: RequestHead, head: ResponseHead, parts: Parts): void {
  const { transactions, policy } = parts
  if (policy.headAnswers === 'ignore' || request.method !== 'HEAD' || head.status !== 200) return
  const key = cacheKey(request.url)
  if (!transactions.knows(key)) return
  const entry = transactions.lookup({ ...request, method: 'GET' }, { key, judge: () => 'expired' })
  try {
    if (entry.phase !== 'ready') return
    if ((entry.state & MUST_INSERT_OR_UPDATE) !== 0 && entry.object?.body.phase === 'complete') {
      if (!isFreshened(entry, request, head, parts)) entry.outdate()
    }
  } finally {
    entry.close()
  }
}

/** A request that leaves no trace may say that something is out of date, but nothing of its answer is kept (5.2.1.5). */
function isFreshened(entry: Entry, request: RequestHead, head: ResponseHead, { policy, clock }: Parts): boolean {
  const { object } = entry
  const length = object && (partOf(object.head)?.size ?? object.body.length)
  if (object === undefined || !describesStored(head, object.head, length)) return false
  if (requestDirectives(request.fields).has('no-store')) return true
  const { action, head: storable } = prepareForStorage(entry.request, head, undefined, policy)
  if (action !== 'insert') return false
  const freshened = freshen(object.head, storable.fields, 'share')
  const wallMs = clock.wallNow()
  const context = { policy, key: entry.key, requestWallMs: wallMs, responseWallMs: wallMs }
  // The keys it is purged by, and whether it is sensitive, stay what they are.
  const { surrogateKeys: _, sensitive: __, ...times } = suggestedOptions(freshened, context)
  entry.update(freshened, times)
  return true
}
