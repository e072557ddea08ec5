/** Cells of shared memory by which every thread can tell whether a lent answer still stands, without a host call. */

import { markedMemory } from '../base/marked-memory.js'

/** The cell of one answer, and the cell's version when the answer was lent. Plain data, which crosses to other threads. */
export interface Standing {
  readonly cell: number
  readonly version: number
}

/** The most answers lent at a time. */
export const CELLS = 1 << 15
/**
 * A cell has two words: its version, which changes when the answer's loan ends, and the number of hits of the object. The hits lie
 * apart from the versions, so that counting hits does not invalidate the cache lines that hold versions.
 */
const HITS = CELLS

export function standingsMemory(): SharedArrayBuffer {
  return markedMemory(2 * CELLS * Int32Array.BYTES_PER_ELEMENT)
}

/**
 * One thread's view. Only the host's thread changes versions, and it does so before it reports the cause, a purge for instance, as
 * done. So a thread that has learnt of the purge, in whatever way, reads the new version.
 */
export class Standings {
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
  }

  /** Whether the loan of the answer has not ended. */
  stands({ cell, version }: Standing): boolean {
    return Atomics.load(this.#words, cell) === version
  }

  /** Counts a hit, and returns its number. */
  countHit(cell: number): number {
    return (Atomics.add(this.#words, HITS + cell, 1) + 1) >>> 0
  }

  hits(cell: number): number {
    return Atomics.load(this.#words, HITS + cell) >>> 0
  }

  /** @internal For the host only: gives the cell to another answer. */
  begin(cell: number, hits: number): Standing {
    Atomics.store(this.#words, HITS + cell, hits | 0)
    return { cell, version: Atomics.load(this.#words, cell) }
  }

  /** @internal For the host only: ends all standings that were given out for the cell. */
  end(cell: number): void {
    Atomics.add(this.#words, cell, 1)
  }
}
