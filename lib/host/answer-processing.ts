/** Applies an origin's answer to the cache as soon as it comes: invalidation, answers to HEAD, to POST, and to a validation. */

import type { Entry } from '../cache/entry.js'
import type { InFlightSend } from '../cache/purge-log.js'
import { withDate } from '../http/dates.js'
import { forwardedHead } from '../http/hop.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead } from '../http/message.js'
import { invalidatedUrls } from '../http/methods.js'
import type { Arrived } from './attempt.js'
import { applyHeadAnswer } from './head-answers.js'
import type { Answered, AnswerProcessor } from './origin-send.js'
import { storePostAnswer } from './post-answers.js'
import { noteIfRefuted } from './refuted.js'
import type { HostShared } from './shared.js'

/**
 * Made when a request is sent. `request` is as its caller made it, even if a hook has changed what is sent
 * (`HostSendOptions.asked`), and `key` is the key of its stored response. `leader`: whose fetch it is, if it is a leader's.
 */
export class AnswerProcessing implements AnswerProcessor {
  readonly #inFlight: InFlightSend

  constructor(
    private readonly request: RequestHead,
    private readonly key: string,
    private readonly parts: HostShared,
    private readonly leader: Entry | undefined,
  ) {
    this.#inFlight = parts.transactions.beginSend()
  }

  answered(answer: Arrived): Answered {
    const { request, key, parts } = this
    const { transactions, policy, clock } = parts
    const inFlight = this.#inFlight
    const head = forwardedHead(answer.head)
    const urls = policy.invalidation ? invalidatedUrls(request, answer.head) : []
    const changed = urls.length === 0 ? [] : [key, ...urls.map(cacheKey)]
    for (const each of new Set(changed)) transactions.purge({ key: each }, { by: inFlight })
    const dated = { ...head, fields: withDate(head.fields, clock.wallNow()) }
    const forwarded = { request, key, inFlight, sentMs: answer.sentMs, head: dated }
    if (this.leader !== undefined) noteIfRefuted(this.leader, request, dated, parts)
    applyHeadAnswer(forwarded, parts)
    return { head: dated, body: storePostAnswer({ body: answer.body, ...forwarded }, parts) }
  }

  ended(): void {
    this.#inFlight.end()
  }
}
