/** Recognizes an order or an answer that equals the last one on its line, so that only its numbers have to cross. */

import { sameFields } from '../http/message.js'
import type { Answer } from '../pending/answer.js'
import type { LookupReport } from '../pending/host.js'
import type { Message } from './line/messages.js'
import type { Answered, AnsweredRepeat, PlaceOrder } from './line/protocol.js'

/** Whether `order` asks for the same as `last`. */
export function isSameOrder(order: PlaceOrder, last: PlaceOrder | undefined): boolean {
  if (last === undefined) return false
  const { request, backend, key, override, madeBy } = order
  return (
    request.url === last.request.url &&
    request.method === last.request.method &&
    request.demands === last.request.demands &&
    key === last.key &&
    backend === last.backend &&
    override === last.override &&
    madeBy === last.madeBy &&
    sameFields(request.fields, last.request.fields)
  )
}

/**
 * Whether `answer` is the same hit as `last`, except for its call number and hit count. The host makes the standing and the head
 * of one object at one moment only once (`Findings`), so they are compared by identity.
 */
export function isSameAnswer(answer: Answer, last: Answer | undefined): boolean {
  if (answer.source !== 'hit' || last?.source !== 'hit') return false
  const { standing, head, lookup } = answer
  return standing !== undefined && standing === last.standing && head === last.head && isSameReport(lookup, last.lookup)
}

function isSameReport(a: LookupReport | undefined, b: LookupReport | undefined): boolean {
  return a?.key === b?.key && a?.collapsed === b?.collapsed && a?.forward === b?.forward
}

/** The answer `last`, addressed to another call. */
export function repeatedAnswer(last: Message<Answered> | undefined, { call, hits }: AnsweredRepeat): Message<Answered> {
  if (last === undefined) throw new Error('the host repeated an answer that it had not given')
  const { say, bytes, shared } = last
  const { answer, body } = say
  const object = answer.object && { ...answer.object, hits }
  return { say: { is: 'answered', call, answer: { ...answer, object }, body }, bytes, shared }
}
