/** Heads that came before, octet for octet: the parser has read each of them once, and would read it again in the same way. */

import { LRUCache } from 'lru-cache'
import type { Inquiry } from './inquiry.js'

/** How many are known at most, how long each may be, and how many bytes all of them together. */
const MOST = 2048
const LONGEST = 8 * 1024
const MOST_BYTES = 4 * 1024 * 1024

export class KnownHeads {
  readonly #known = new LRUCache<string, Inquiry>({
    max: MOST,
    maxSize: MOST_BYTES,
    sizeCalculation: (_inquiry, octets) => octets.length,
  })

  /** What a client asks whose request is `octets` and nothing else; `undefined` if that is not known. */
  find(octets: Buffer): Inquiry | undefined {
    return octets.byteLength > LONGEST ? undefined : this.#known.get(octets.toString('latin1'))
  }

  /** The parser has read `octets`, all of them, as one request: this one. */
  add(octets: Buffer, inquiry: Inquiry): void {
    if (octets.byteLength <= LONGEST) this.#known.set(octets.toString('latin1'), inquiry)
  }
}
