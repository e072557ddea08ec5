/** A user's transform between a body and its writer, chunk by chunk, with back pressure on both sides. */

import type { Operation } from 'effection'
import { type Handle, promised, ready } from '../scheduler/index.js'
import type { BodyTransform } from './candidate.js'
import type { RequestContext } from './context.js'

export interface TransformParts {
  readonly body: Handle
  readonly transform: BodyTransform
  readonly writer: Handle
}

/** Ends the writer as the transform ends: whole, or with the error it threw (semantics 7.4-5). */
export function* transformBody(context: RequestContext, { body, transform, writer }: TransformParts): Operation<void> {
  const { host } = context
  let iterator: AsyncIterator<Uint8Array> | undefined
  try {
    iterator = transform(chunks(context, body))[Symbol.asyncIterator]()
    for (;;) {
      const step: IteratorResult<Uint8Array> = yield* promised(iterator.next())
      if (step.done) break
      yield* ready(writer)
      host.write(writer, step.value)
    }
    host.finish(writer)
  } catch (failure) {
    host.fail(writer, context.sendError(failure))
  } finally {
    host.close(body)
    iterator?.return?.()?.then(undefined, () => {})
  }
}

/** What the transform reads from. Leaving the loop early reads no further. */
async function* chunks(
  { host, surroundings: { scheduler } }: RequestContext,
  body: Handle,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await scheduler.spawn(function* nextChunk() {
      yield* ready(body)
      return host.read(body)
    })
    if (chunk === undefined) return
    yield chunk
  }
}
