/** An answer that is not stored, as its caller asked for it: a leader asks for the whole, whatever its caller wants of that. */

import { type AdaptedResponse, adapt } from '../http/client.js'
import { type ResponseHead, without } from '../http/message.js'
import type { Handle } from '../scheduler/index.js'
import type { RequestContext } from './context.js'

interface Whole {
  readonly head: ResponseHead
  readonly body: Handle
}

/** Nothing of the body where the caller has it already, or sent a HEAD; the range it wants; or `whole` as it came. */
export function asAsked(context: RequestContext, whole: Whole): { head: ResponseHead; body: Handle | undefined } {
  const { host, options } = context
  const length = host.length(whole.body)
  const { head, body: part } = wanted(context, whole.head, length)
  if (part === 'none' || options.request.method === 'HEAD') {
    host.close(whole.body)
    return { head, body: undefined }
  }
  // Of what has no known length nobody can say yet whether it has that range.
  if (part === 'whole' || length === undefined) return whole
  return { head, body: host.part(whole.body, part) }
}

function wanted({ policy, options }: RequestContext, whole: ResponseHead, length: number | undefined): AdaptedResponse {
  if (!policy.transformLeader || whole.status !== 200) return { head: whole, body: 'whole' }
  const { head, body } = adapt(options.request, { head: whole, ageSeconds: 0, length }, policy)
  return { head: head.status === 200 ? whole : asPart(whole, head), body }
}

/** Only what says which part it is: nothing was stored, so all else is as the origin said it. */
function asPart(whole: ResponseHead, { status, statusText, fields }: ResponseHead): ResponseHead {
  const ofPart = fields.filter(([name]) => name === 'content-length' || name === 'content-range')
  return { status, statusText, fields: [...without(whole.fields, 'content-length', 'content-range'), ...ofPart] }
}
