/** What crowds say: an order or an answer that is the last one again is not said again. */

import { sameFields } from '../http/message.js'
import type { Answer } from '../pending/answer.js'
import type { LookupReport } from '../pending/host.js'
import type { Message } from './line/line.js'
import type { Answered, AnsweredAlike, PlaceOrder } from './line/protocol.js'

/** Whether `order` is `last` once more. */
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
 * Whether `answer` is the hit that `last` was, once more, but for its number. The host makes what it says of one object at one
 * moment once, so it is known by being the very same.
 */
export function isSameAnswer(answer: Answer, last: Answer | undefined): boolean {
  if (answer.source !== 'hit' || last?.source !== 'hit') return false
  const { standing, head, lookup } = answer
  return standing !== undefined && standing === last.standing && head === last.head && isSameReport(lookup, last.lookup)
}

function isSameReport(a: LookupReport | undefined, b: LookupReport | undefined): boolean {
  return a?.key === b?.key && a?.collapsed === b?.collapsed && a?.forward === b?.forward
}

/** `last` as the answer to another call. */
export function onceMore(last: Message<Answered> | undefined, { call, hits }: AnsweredAlike): Message<Answered> {
  if (last === undefined) throw new Error('the host said an answer again that it had not given')
  const { say, bytes, shared } = last
  const { answer, body } = say
  const object = answer.object && { ...answer.object, hits }
  return { say: { is: 'answered', call, answer: { ...answer, object }, body }, bytes, shared }
}
