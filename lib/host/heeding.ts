/** An answer as a host takes it in when it comes: forwarded as by any intermediary, heeded for what it says of what is stored. */

import type { InFlightSend } from '../cache/purge-log.js'
import { withDate } from '../http/dates.js'
import { forwardedHead } from '../http/hop.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead } from '../http/message.js'
import { invalidatedUrls } from '../http/methods.js'
import type { Arrived } from './attempt.js'
import { heedHeadAnswer } from './head-answers.js'
import type { Answered, Heed } from './origin-send.js'
import { keepPostAnswer } from './post-answers.js'
import type { HostShared } from './shared.js'

/** Made when `request` is sent, as it is or as a hook has changed it; `key` is what its answer is stored under. */
export class Heeding implements Heed {
  readonly #inFlight: InFlightSend

  constructor(
    private readonly request: RequestHead,
    private readonly key: string,
    private readonly parts: HostShared,
  ) {
    this.#inFlight = parts.transactions.beginSend()
  }

  answered(answer: Arrived): Answered {
    const { request, key, parts } = this
    const { transactions, policy, clock } = parts
    const inFlight = this.#inFlight
    const forwarded = forwardedHead(answer.head)
    const urls = policy.invalidation ? invalidatedUrls(request, answer.head) : []
    const changed = urls.length === 0 ? [] : [key, ...urls.map(cacheKey)]
    for (const each of new Set(changed)) transactions.purge({ key: each }, { by: inFlight })
    const head = { ...forwarded, fields: withDate(forwarded.fields, clock.wallNow()) }
    const unasked = { request, key, inFlight, sentMs: answer.sentMs, head }
    heedHeadAnswer(unasked, parts)
    return { head, body: keepPostAnswer({ body: answer.body, ...unasked }, parts) }
  }

  over(): void {
    this.#inFlight.end()
  }
}
