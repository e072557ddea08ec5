/** Runs a user's body transform between a body and a writer, chunk by chunk, with back pressure on both sides. */

import type { Operation } from 'effection'
import { checkChunk } from '../base/chunk.js'
import { BadHandleError, TruncatedBodyError } from '../base/errors.js'
import { warnOf } from '../base/warn.js'
import { type Handle, promised, ready } from '../scheduler/index.js'
import { transformError } from './callers-error.js'
import type { BodyTransform } from './candidate-response.js'
import type { RequestContext } from './context.js'

export interface TransformParts {
  readonly body: Handle
  readonly transform: BodyTransform
  readonly writer: Handle
}

/**
 * Ends the writer as the transform ends: finished, failed with the error it threw, or broken off where it was cancelled (semantics
 * 7.4-5). When the last reader leaves, the transform is cancelled at once, whatever it is waiting for.
 */
export function* transformBody(context: RequestContext, { body, transform, writer }: TransformParts): Operation<void> {
  const { host } = context
  let iterator: AsyncIterator<Uint8Array> | undefined
  let state: 'writing' | 'ended' = 'writing'
  const undo = context.failOnHostLoss((failure) => {
    if (state === 'writing') host.fail(writer, failure)
    state = 'ended'
  })
  const { running } = context.surroundings.engine
  host.onDeserted(writer, () => running?.cancel())
  try {
    iterator = context.inAsyncContext(() => transform(chunks(context, body))[Symbol.asyncIterator]())
    const steps = iterator
    for (;;) {
      const step: IteratorResult<Uint8Array> = yield* promised(context.inAsyncContext(() => steps.next()))
      if (step.done) break
      checkChunk('a body transform', step.value)
      yield* ready(writer)
      // A copy: the transform may reuse the memory for its next chunk long before this one is read.
      host.write(writer, new Uint8Array(step.value))
    }
    state = 'ended'
    host.finish(writer)
  } catch (failure) {
    // If `finish` itself threw, the state is `ended`: no reader is left who could get the failure.
    if (state === 'writing') host.fail(writer, transformError(context, failure))
    state = 'ended'
  } finally {
    undo()
    if (state === 'writing') host.close(writer)
    host.close(body)
    context
      .inAsyncContext(() => iterator?.return?.())
      ?.then(undefined, (failure) => warnOf('a body transform that was left', failure))
  }
}

/** The original body as the transform reads it. A transform that leaves its loop early reads no further. */
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
