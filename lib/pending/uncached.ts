/** Adapts an answer that is not stored to its caller: a leader fetches the whole response, whatever part its caller asked for. */

import { type AdaptedResponse, adapt } from '../http/adapt.js'
import { type ResponseHead, without } from '../http/message.js'
import type { Handle } from '../scheduler/index.js'
import type { RequestContext } from './context.js'

interface Whole {
  readonly head: ResponseHead
  readonly body: Handle
  /** As the origin declared it: whether a range is given must not depend on how much of the body has come by now. */
  readonly declared: number | undefined
}

/** Without a body for a HEAD, a 304 or a 416; with the range that the caller asked for; or `whole` as it came. */
export function asAsked(context: RequestContext, whole: Whole): { head: ResponseHead; body: Handle | undefined } {
  const { host, options } = context
  const { head, body: part } = wanted(context, whole)
  if (part === 'none' || options.request.method === 'HEAD') {
    host.close(whole.body)
    return { head, body: undefined }
  }
  // Without a declared length it is not known whether the body has that range.
  if (part === 'whole' || whole.declared === undefined) return { head: whole.head, body: whole.body }
  return { head, body: host.part(whole.body, part) }
}

function wanted({ policy, options }: RequestContext, { head: whole, declared }: Whole): AdaptedResponse {
  if (!policy.transformLeader || whole.status !== 200) return { head: whole, body: 'whole' }
  const { head, body } = adapt(options.request, { head: whole, ageSeconds: 0, length: declared }, policy)
  return { head: head.status === 200 ? whole : asPart(whole, head), body }
}

/** The adapted status and the fields of the part. Nothing was stored, so all other fields stay as the origin sent them. */
function asPart(whole: ResponseHead, { status, statusText, fields }: ResponseHead): ResponseHead {
  const ofPart = fields.filter(([name]) => name === 'content-length' || name === 'content-range')
  return { status, statusText, fields: [...without(whole.fields, 'content-length', 'content-range'), ...ofPart] }
}
