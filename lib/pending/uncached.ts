/** An answer that is not stored, as its caller asked for it: a leader asks for the whole, whatever its caller wants of that. */

import type { Operation } from 'effection'
import { adapt } from '../http/client.js'
import { type ResponseHead, without } from '../http/message.js'
import type { ByteRange } from '../http/ranges.js'
import { type Handle, ready } from '../scheduler/index.js'
import type { RequestContext } from './context.js'
import type { Host } from './host.js'

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
  const { writer, body } = host.pipe()
  context.spawn(() => copyPart(host, { body: whole.body, writer, part }))
  return { head: withStatus(whole.head, head), body }
}

const AS_IT_CAME = { head: { status: 200, statusText: '', fields: [] }, body: 'whole' } as const

/** Only what says which part it is: nothing was stored, so all else is as the origin said it. */
function withStatus(whole: ResponseHead, { status, statusText, fields }: ResponseHead): ResponseHead {
  if (status === 200) return whole
  const ofPart = fields.filter(([name]) => name === 'content-length' || name === 'content-range')
  return { status, statusText, fields: [...without(whole.fields, 'content-length', 'content-range'), ...ofPart] }
}

interface Copy {
  readonly body: Handle
  readonly writer: Handle
  readonly part: ByteRange
}

/** Reads no further than the part goes. A reader that leaves ends it with the next chunk. */
function* copyPart(host: Host, { body, writer, part }: Copy): Operation<void> {
  const { start, end = Number.POSITIVE_INFINITY } = part
  let state: 'writing' | 'ended' = 'writing'
  try {
    for (let at = 0; at < end; ) {
      yield* ready(body)
      const chunk = host.read(body)
      if (chunk === undefined) break
      const wanted = chunk.subarray(Math.max(0, start - at), end - at)
      at += chunk.byteLength
      if (wanted.byteLength === 0) continue
      yield* ready(writer)
      host.write(writer, wanted)
    }
    state = 'ended'
    host.finish(writer)
  } catch (failure) {
    if (state === 'writing') host.fail(writer, failure)
    state = 'ended'
  } finally {
    if (state === 'writing') host.close(writer)
    host.close(body)
  }
}
