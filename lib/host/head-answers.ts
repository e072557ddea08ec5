/** What answers to HEAD that went to the origin say of what is stored (RFC 9111 4.3.5). */

import type { Entry } from '../cache/entry.js'
import type { Snapshot } from '../cache/snapshot.js'
import { partOf } from '../http/content-range.js'
import { demandedBy } from '../http/directives.js'
import { has, values } from '../http/message.js'
import { matchesStored } from '../http/methods.js'
import { suggestedOptions } from '../http/options.js'
import { freshen, prepareForStorage } from '../http/storage.js'
import { surrogateKeys } from '../http/surrogate-keys.js'
import type { HostShared, UnaskedAnswer } from './shared.js'

/**
 * Freshens what is stored for the same request, or ends its freshness. Where somebody fetches that already, what they
 * bring is newer than this.
 */
export function heedHeadAnswer(answer: UnaskedAnswer, parts: HostShared): void {
  const { request, key, head, inFlight } = answer
  const { transactions, policy } = parts
  if (policy.headAnswers === 'ignore' || request.method !== 'HEAD' || head.status !== 200) return
  const asked = { ...request, method: 'GET' }
  const entry = transactions.claim(asked, key, inFlight)
  if (entry === undefined) return
  try {
    const { object } = entry
    if (object?.body.phase === 'complete') heed(entry, object, answer, parts)
  } finally {
    entry.close()
  }
}

function heed(entry: Entry, stored: Snapshot, answer: UnaskedAnswer, { policy, clock }: HostShared): void {
  const { head, sentMs } = answer
  const { request, key } = entry
  const prepared = prepareForStorage(request, head, undefined, policy)
  const isStorable = prepared.action === 'insert'
  // What one user is shown says nothing of what the others are.
  if (!isStorable && has(request.fields, 'authorization')) return
  if (!matchesStored(head, stored.head, partOf(stored.head)?.size ?? stored.body.length)) return entry.outdate()
  // Of an answer that is to leave no trace nothing is kept, but that it is the same (5.2.1.5).
  if (demandedBy(request, policy).has('no-store')) return
  if (!isStorable) return entry.outdate()
  const freshened = freshen(stored.head, prepared.head.fields, 'share')
  const context = { policy, key, delayMs: clock.now() - sentMs, responseWallMs: clock.wallNow() }
  // What it was purged by so far, and whether it is sensitive, may be of a hook's making, and stays.
  const { sensitive: _, ...suggested } = suggestedOptions(freshened, context)
  const named = surrogateKeys([...stored.surrogateKeys, ...values(freshened.fields, 'surrogate-key')])
  entry.update(freshened, { ...suggested, surrogateKeys: named })
}
