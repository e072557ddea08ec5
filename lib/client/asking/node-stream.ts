/** The chunks of a Node stream, which hears at once that nobody wants more of them. */

import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

const DONE = { done: true, value: undefined } as const

/**
 * Its own iterator would first wait for the chunk that is to come, and one that was never asked for a chunk would leave the
 * stream as it is: a file stays open then.
 */
export function chunksOfNode(stream: Readable): AsyncIterator<unknown, undefined> {
  let chunks: AsyncIterator<unknown> | undefined
  let isLeft = false
  return {
    async next() {
      chunks ??= stream[Symbol.asyncIterator]()
      try {
        const { done, value } = await chunks.next()
        return done || isLeft ? DONE : { done: false, value }
      } catch (failure) {
        // That it was closed before its end is what leaving it means.
        if (isLeft) return DONE
        throw failure
      }
    },
    async return() {
      isLeft = true
      if (endsWithItsReader(stream)) stream.destroy()
      else await chunks?.return?.()
      return DONE
    },
  }
}

/**
 * Its own iterator destroys what destroys itself, and knows how to leave the connection of a request on its way in, over which
 * the answer is still to go.
 */
function endsWithItsReader(stream: Readable): boolean {
  if (stream instanceof IncomingMessage) return false
  // Node has no public word for it.
  const { _readableState: state } = stream as { readonly _readableState?: { readonly autoDestroy?: boolean } }
  return state?.autoDestroy !== false
}
