/** Chunks on their way through a line, as many in a message as go together: and how many those are at most. */

import type { Line } from '../line/line.js'

/** Bytes that are copied into one message. */
export const COPIED_BYTES = 16 * 1024
/** Chunks in shared memory, which cost a message no more than their names. */
export const MOST_SHARED = 64

/** Those of one stream. */
export class Chunks<Say, Back> {
  readonly #line: Line<Say, Back>
  readonly #say: Say
  #waiting: Uint8Array[] = []
  #bytes = 0
  #kind: 'shared' | 'copied' = 'copied'

  /** Each message says `say`. */
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

  /** Sends what was added and has not gone. */
  flush(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#bytes = 0
    if (this.#kind === 'shared') this.#line.send({ say: this.#say, shared: waiting })
    else this.#line.send({ say: this.#say, bytes: waiting.length === 1 ? waiting[0] : Buffer.concat(waiting) })
  }

  #isFull(chunk: Uint8Array): boolean {
    if (this.#kind === 'shared') return this.#waiting.length === MOST_SHARED
    return this.#bytes + chunk.byteLength > COPIED_BYTES
  }
}
