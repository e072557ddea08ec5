/** Collects the chunks of a stream into as few messages as the limits on a message allow. */

import type { Line } from '../line/line.js'

/** How many bytes are copied into one message at most. */
export const COPIED_BYTES = 16 * 1024
/** How many chunks in shared memory one message refers to at most. */
export const MOST_SHARED = 64

/** The chunks of one stream that were read and not sent yet. All are copied, or all are in shared memory. */
export class Chunks<Say, Back> {
  readonly #line: Line<Say, Back>
  readonly #say: Say
  #waiting: Uint8Array[] = []
  #bytes = 0
  #kind: 'shared' | 'copied' = 'copied'
  /** How many messages were sent. */
  sent = 0

  /** `say` goes with each message. */
  constructor(line: Line<Say, Back>, say: Say) {
    this.#line = line
    this.#say = say
  }

  add(chunk: Uint8Array): void {
    const kind = chunk.buffer instanceof SharedArrayBuffer ? 'shared' : 'copied'
    if (kind !== this.#kind || this.#isFull(chunk)) this.flush()
    this.#kind = kind
    this.#waiting.push(chunk)
    this.#bytes += chunk.byteLength
  }

  /** Sends the chunks that were added since the last flush. */
  flush(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#bytes = 0
    this.sent += 1
    if (this.#kind === 'shared') this.#line.send({ say: this.#say, shared: waiting })
    else this.#line.send({ say: this.#say, bytes: waiting.length === 1 ? waiting[0] : Buffer.concat(waiting) })
  }

  #isFull(chunk: Uint8Array): boolean {
    if (this.#kind === 'shared') return this.#waiting.length === MOST_SHARED
    return this.#bytes + chunk.byteLength > COPIED_BYTES
  }
}
