/** The requests of one connection whose answers have not ended, in their order: which may be carried out, and which must wait. */

import type { ServerResponse } from 'node:http'

/**
 * How many requests of a connection are carried out at once, and how many are read before the client is held up. As many as HTTP/2
 * wants a server to allow (RFC 9113 6.5.2).
 */
const MOST_AT_ONCE = 100

interface UnderWay {
  readonly isSafe: boolean
  /** Until it is carried out. */
  begin: (() => void) | undefined
}

/** A request that is only read, or refused, holds up no other. */
const READ: UnderWay = { isSafe: true, begin: undefined }

/**
 * Requests are carried out one after another, as if the client waited for each answer; only safe ones beside one another (RFC 9112
 * 9.3.2). `node:http` sends the answers in the order of the requests.
 */
export class Pipeline {
  readonly #requests = new Map<ServerResponse, UnderWay>()

  /** Whether the client is to be held up. */
  get isFull(): boolean {
    return this.#requests.size >= MOST_AT_ONCE
  }

  get answers(): readonly ServerResponse[] {
    return [...this.#requests.keys()]
  }

  /** A request was read. */
  add(response: ServerResponse): void {
    this.#requests.set(response, READ)
  }

  /** Calls `begin` when the request that is answered by `response` may be carried out: now, or once others before it have ended. */
  whenAllowed(response: ServerResponse, isSafe: boolean, begin: () => void): void {
    this.#requests.set(response, { isSafe, begin })
    this.beginNext()
  }

  /** The answer has ended, complete or not. Nothing behind it begins before `beginNext`. */
  ended(response: ServerResponse): void {
    this.#requests.delete(response)
  }

  beginNext(): void {
    let begun = 0
    for (const [response, request] of this.#requests) {
      if (begun > 0 && (!request.isSafe || begun >= MOST_AT_ONCE)) return
      const { begin } = request
      request.begin = undefined
      // It may have been refused while it waited, because the rest of it could not be read.
      if (!response.writableEnded) begin?.()
      if (!request.isSafe) return
      begun += 1
    }
  }
}
