/** Maps each number under which the host will answer to the addressee that waits for the answer. */

import type { ResponseHead } from '../../http/message.js'
import type { Incoming } from '../incoming.js'
import type { ToGuest } from '../line/protocol.js'

/** What an answer of the host is delivered to. */
export interface Addressee {
  answered(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): void
  failed(error: unknown): void
  /** The request goes past the cache; its answer is still to come. */
  leftCache?(): void
  /** A 1xx head of the request's fetch; the answer is still to come. */
  interim?(head: ResponseHead): void
}

export class Addressees {
  readonly #waiting = new Map<number, Addressee>()
  readonly #changed: () => void

  /** Calls `changed` whenever an addressee is added or removed. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get size(): number {
    return this.#waiting.size
  }

  numbers(): Iterable<number> {
    return this.#waiting.keys()
  }

  add(number: number, addressee: Addressee): void {
    this.#waiting.set(number, addressee)
    this.#changed()
  }

  /** The addressee under `number`, which goes on waiting. */
  get(number: number): Addressee | undefined {
    return this.#waiting.get(number)
  }

  /** Removes the addressee under `number`, and returns it. */
  take(number: number): Addressee | undefined {
    const addressee = this.#waiting.get(number)
    if (this.#waiting.delete(number)) this.#changed()
    return addressee
  }

  /** Removes and returns all addressees. */
  takeAll(): readonly Addressee[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#changed()
    return all
  }
}
