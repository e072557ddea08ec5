/** An origin's answer as a host takes it in: forwarded as by any intermediary, and heeded for what it says of what is stored. */

import type { BodyReader } from '../base/body.js'
import { withDate } from '../http/dates.js'
import { forwardedHead } from '../http/hop.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import { invalidatedUrls } from '../http/methods.js'
import { heedHeadAnswer } from './head-answers.js'
import { keepPostAnswer } from './post-answers.js'
import type { HostShared } from './shared.js'

export interface Received {
  readonly head: ResponseHead
  readonly body: BodyReader
}

/** What whoever sent `request` is given of its answer. */
export function received(request: RequestHead, answer: Received, parts: HostShared): Received {
  const { transactions, policy, clock } = parts
  const forwarded = forwardedHead(answer.head)
  if (policy.invalidation)
    for (const url of invalidatedUrls(request, answer.head)) transactions.purge({ key: cacheKey(url) })
  const head = { ...forwarded, fields: withDate(forwarded.fields, clock.wallNow()) }
  heedHeadAnswer(request, head, parts)
  return { head, body: keepPostAnswer({ request, head, body: answer.body }, parts) }
}
