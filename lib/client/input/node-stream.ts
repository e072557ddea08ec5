/** Iterates a Node stream so that its reader can leave at once, without waiting for the next chunk. */

import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

const DONE = { done: true, value: undefined } as const

/**
 * The stream's own iterator would first wait for the next chunk. And if no chunk was ever requested, it would leave the stream as
 * it is, so that a file stays open.
 */
export function chunksOfNode(stream: Readable): AsyncIterator<unknown, undefined> {
  let chunks: AsyncIterator<unknown> | undefined
  let hasReturned = false
  return {
    async next() {
      chunks ??= stream[Symbol.asyncIterator]()
      try {
        const { done, value } = await chunks.next()
        return done || hasReturned ? DONE : { done: false, value }
      } catch (failure) {
        // `return` destroyed the stream: its premature close is no failure.
        if (hasReturned) return DONE
        throw failure
      }
    },
    async return() {
      hasReturned = true
      if (isDestroyedByReader(stream)) stream.destroy()
      else await chunks?.return?.()
      return DONE
    },
  }
}

/**
 * Whether to destroy the stream when its reader leaves. Its own iterator would do so too, unless `autoDestroy` is off. Only an
 * `IncomingMessage` is left to that iterator, which spares the connection of an incoming request: the answer has yet to go over it.
 */
function isDestroyedByReader(stream: Readable): boolean {
  if (stream instanceof IncomingMessage) return false
  // Node has no public property for `autoDestroy`.
  const { _readableState: state } = stream as { readonly _readableState?: { readonly autoDestroy?: boolean } }
  return state?.autoDestroy !== false
}
