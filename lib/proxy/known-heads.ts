/** Remembers heads that the parser has read, octet for octet, and what each asks: the parser would read the same octets alike. */

import { LRUCache } from 'lru-cache'
import type { Inquiry } from './inquiry.js'

/** How many heads are remembered at most, how long each may be, and how many bytes they may have together. */
const MOST = 2048
const LONGEST = 8 * 1024
const MOST_BYTES = 4 * 1024 * 1024

export class KnownHeads {
  readonly #known = new LRUCache<string, Inquiry>({
    max: MOST,
    maxSize: MOST_BYTES,
    sizeCalculation: (_inquiry, octets) => octets.length,
  })

  /** What a request asks that is exactly `octets`; `undefined` if these are not remembered. */
  find(octets: Buffer): Inquiry | undefined {
    return octets.byteLength > LONGEST ? undefined : this.#known.get(octets.toString('latin1'))
  }

  /** Remembers that the parser has read exactly `octets` as a request that asks `inquiry`. */
  add(octets: Buffer, inquiry: Inquiry): void {
    if (octets.byteLength <= LONGEST) this.#known.set(octets.toString('latin1'), inquiry)
  }
}
