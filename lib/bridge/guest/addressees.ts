/** Whom something that comes under a number is for, until it has come or nobody waits for it any more. */

import type { ResponseHead } from '../../http/message.js'
import type { Incoming } from '../incoming.js'
import type { ToGuest } from '../line/protocol.js'

/** Somebody an answer is for. */
export interface Addressee {
  heard(say: ToGuest, body: Incoming | readonly Uint8Array[] | undefined): void
  failed(error: unknown): void
  /** What is to be answered goes past the cache. */
  leftCache?(): void
  interim?(head: ResponseHead): void
}

export class Addressees {
  readonly #waiting = new Map<number, Addressee>()
  readonly #changed: () => void

  /** `changed` is told whenever somebody comes or goes. */
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

  /** Who waits for more than what has come. */
  get(number: number): Addressee | undefined {
    return this.#waiting.get(number)
  }

  /** Who waits no longer. */
  take(number: number): Addressee | undefined {
    const addressee = this.#waiting.get(number)
    if (this.#waiting.delete(number)) this.#changed()
    return addressee
  }

  /** The same of all of them. */
  takeAll(): readonly Addressee[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#changed()
    return all
  }
}
