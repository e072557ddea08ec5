/** Whether answers that were lent out still stand, as every thread can read it without asking anybody: cells of shared memory. */

import { markedMemory } from '../base/marked-memory.js'

/** The cell of one answer, and what it held when the answer was lent. Crosses to other threads as it is. */
export interface Standing {
  readonly cell: number
  readonly version: number
}

/** Answers lent out at a time. */
export const CELLS = 1 << 15
/**
 * A cell has two words: its version, which whatever happens to the answer moves on, and the hits of the object behind it.
 * They lie apart, so that processors which count hits do not take the versions from each other.
 */
const HITS = CELLS

export function standingsMemory(): SharedArrayBuffer {
  return markedMemory(2 * CELLS * Int32Array.BYTES_PER_ELEMENT)
}

/**
 * One thread's view. Only the host's thread moves versions, and does so before it says that what moved them is done: who
 * hears of a purge, in whatever way, and reads afterwards, reads the new version.
 */
export class Standings {
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
  }

  stands({ cell, version }: Standing): boolean {
    return Atomics.load(this.#words, cell) === version
  }

  /** Counts a hit, and says which it was. */
  countHit(cell: number): number {
    return (Atomics.add(this.#words, HITS + cell, 1) + 1) >>> 0
  }

  hits(cell: number): number {
    return Atomics.load(this.#words, HITS + cell) >>> 0
  }

  /** @internal The host's: from now on the cell is another answer's. */
  begin(cell: number, hits: number): Standing {
    Atomics.store(this.#words, HITS + cell, hits | 0)
    return { cell, version: Atomics.load(this.#words, cell) }
  }

  /** @internal The host's: nothing that was lent with this cell stands any more. */
  end(cell: number): void {
    Atomics.add(this.#words, cell, 1)
  }
}
