/** A user's transform between a body and its writer, chunk by chunk, with back pressure on both sides. */

import type { Operation } from 'effection'
import { BadHandleError, InvalidArgumentError, TruncatedBodyError } from '../base/errors.js'
import { isUint8Array } from '../base/realms.js'
import { warnOf } from '../base/warn.js'
import { type Handle, promised, ready } from '../scheduler/index.js'
import type { BodyTransform } from './candidate-response.js'
import type { RequestContext } from './context.js'

export interface TransformParts {
  readonly body: Handle
  readonly transform: BodyTransform
  readonly writer: Handle
}

/**
 * Ends the writer as the transform ends: whole, with the error it threw, or cut short where it was cancelled (semantics 7.4-5).
 * Where the last reader leaves, it is cancelled at once, whatever it waits for.
 */
export function* transformBody(context: RequestContext, { body, transform, writer }: TransformParts): Operation<void> {
  const { host } = context
  let iterator: AsyncIterator<Uint8Array> | undefined
  let state: 'writing' | 'ended' = 'writing'
  const undo = context.endsWithHost((failure) => {
    if (state === 'writing') host.fail(writer, failure)
    state = 'ended'
  })
  const { running } = context.surroundings.engine
  host.onDeserted(writer, () => running?.cancel())
  try {
    iterator = context.within(() => transform(chunks(context, body))[Symbol.asyncIterator]())
    const steps = iterator
    for (;;) {
      const step: IteratorResult<Uint8Array> = yield* promised(context.within(() => steps.next()))
      if (step.done) break
      if (!isUint8Array(step.value)) throw new InvalidArgumentError('a body transform yields Uint8Arrays')
      yield* ready(writer)
      // It may use the same memory for its next chunk, long before this one is read.
      host.write(writer, new Uint8Array(step.value))
    }
    state = 'ended'
    host.finish(writer)
  } catch (failure) {
    // A writer that cannot even be finished has no reader left to tell.
    if (state === 'writing') host.fail(writer, context.sendError(failure))
    state = 'ended'
  } finally {
    undo()
    if (state === 'writing') host.close(writer)
    host.close(body)
    context
      .within(() => iterator?.return?.())
      ?.then(undefined, (failure) => warnOf('a body transform that was left', failure))
  }
}

/** What the transform reads from. Leaving the loop early reads no further. */
async function* chunks({ host, surroundings: { engine } }: RequestContext, body: Handle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await engine
      .spawn(function* nextChunk() {
        yield* ready(body)
        return host.read(body)
      })
      .then(undefined, (failure) => {
        throw failure instanceof BadHandleError ? new TruncatedBodyError('nobody was left to read it') : failure
      })
    if (chunk === undefined) return
    yield chunk
  }
}
