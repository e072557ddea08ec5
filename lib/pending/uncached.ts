/** An answer that is not stored, as its caller asked for it: a leader asks for the whole, whatever its caller wants of that. */

import { adapt } from '../http/client.js'
import { type ResponseHead, without } from '../http/message.js'
import type { Handle } from '../scheduler/index.js'
import type { RequestContext } from './context.js'

interface Whole {
  readonly head: ResponseHead
  readonly body: Handle
}

/** Nothing of the body where the caller has it already, or sent a HEAD; the range it wants; or `whole` as it came. */
export function asAsked(context: RequestContext, whole: Whole): { head: ResponseHead; body: Handle | undefined } {
  const { host, policy, options } = context
  const length = host.length(whole.body)
  const found = { head: whole.head, ageSeconds: 0, length }
  const isWhole = policy.transformLeader && whole.head.status === 200
  const { head, body: part } = isWhole ? adapt(options.request, found, policy) : AS_IT_CAME
  if (part === 'none' || options.request.method === 'HEAD') {
    host.close(whole.body)
    return { head: withStatus(whole.head, head), body: undefined }
  }
  // Of what has no known length nobody can say yet whether it has that range.
  if (part === 'whole' || length === undefined) return whole
  return { head: withStatus(whole.head, head), body: host.part(whole.body, part) }
}

const AS_IT_CAME = { head: { status: 200, statusText: '', fields: [] }, body: 'whole' } as const

/** Only what says which part it is: nothing was stored, so all else is as the origin said it. */
function withStatus(whole: ResponseHead, { status, statusText, fields }: ResponseHead): ResponseHead {
  if (status === 200) return whole
  const ofPart = fields.filter(([name]) => name === 'content-length' || name === 'content-range')
  return { status, statusText, fields: [...without(whole.fields, 'content-length', 'content-range'), ...ofPart] }
}
