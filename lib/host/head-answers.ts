/** Updates the stored response to a GET by an answer to HEAD (RFC 9111 4.3.5). */

import type { Entry } from '../cache/entry.js'
import type { Snapshot } from '../cache/snapshot.js'
import { partOf } from '../http/content-range.js'
import { demandedBy } from '../http/directives.js'
import { keeping } from '../http/kept-options.js'
import { has, values } from '../http/message.js'
import { matchesStored } from '../http/methods.js'
import { suggestedOptions } from '../http/options.js'
import { freshen, prepareForStorage } from '../http/storage.js'
import { surrogateKeys } from '../http/surrogate-keys.js'
import type { ForwardedAnswer, HostShared } from './shared.js'

/**
 * Freshens the stored response, or ends its freshness if the HEAD answer shows that it has changed. Does nothing if the answer has
 * no claim (`Transactions.claim`), for instance while a leader fetches the same, because that fetch brings a newer response.
 */
export function applyHeadAnswer(answer: ForwardedAnswer, parts: HostShared): void {
  const { request, key, head, inFlight } = answer
  const { transactions, policy } = parts
  if (policy.headAnswers === 'ignore' || request.method !== 'HEAD' || head.status !== 200) return
  const asked = { ...request, method: 'GET' }
  const entry = transactions.claim(asked, key, inFlight)
  if (entry === undefined) return
  try {
    const { object } = entry
    if (object?.body.phase === 'complete') applyTo(entry, object, answer, parts)
  } finally {
    entry.close()
  }
}

function applyTo(entry: Entry, stored: Snapshot, answer: ForwardedAnswer, { policy, clock }: HostShared): void {
  const { head, sentMs } = answer
  const { request, key } = entry
  const prepared = prepareForStorage(request, head, undefined, policy)
  const isStorable = prepared.action === 'insert'
  // An answer to an authorized request that may not be shared says nothing about the responses to other users.
  if (!isStorable && has(request.fields, 'authorization')) return
  if (!matchesStored(head, stored.head, partOf(stored.head)?.size ?? stored.body.length)) return entry.outdate()
  // Nothing of the answer to a `no-store` request is stored (5.2.1.5), so the answer does not freshen the stored response.
  if (demandedBy(request, policy).has('no-store')) return
  if (!isStorable) return entry.outdate()
  const freshened = freshen(stored.head, prepared.head.fields, 'share')
  const context = { policy, key, delayMs: clock.now() - sentMs, responseWallMs: clock.wallNow() }
  const kept = keeping(suggestedOptions(freshened, context), stored, freshened.fields)
  // Unlike a 304, a HEAD validates nothing: the body may still be what the former keys name.
  const named = surrogateKeys([...stored.surrogateKeys, ...values(freshened.fields, 'surrogate-key')])
  entry.update(freshened, { ...kept, surrogateKeys: named })
}
