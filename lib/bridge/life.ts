/** Whether the host still lives, as a blocked guest can see it: a word that ends, and a pulse that goes on. */

const ENDED = 0
const PULSE = 1

/** Looks without a pulse after which a host counts as dead, though it never said so. A blocked event loop has none either. */
const PATIENCE_MS = 20_000
/** How often the host moves its pulse. */
export const PULSE_MS = 1000

export function lifeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8)
}

export class Life {
  readonly #words: Int32Array
  #pulse = 0
  #silentMs = 0

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
  }

  beat(): void {
    Atomics.add(this.#words, PULSE, 1)
  }

  end(): void {
    Atomics.store(this.#words, ENDED, 1)
  }

  /** To be asked after `waitedMs` of waiting in vain. */
  isOver(waitedMs: number): boolean {
    if (Atomics.load(this.#words, ENDED) === 1) return true
    const pulse = Atomics.load(this.#words, PULSE)
    this.#silentMs = pulse === this.#pulse ? this.#silentMs + waitedMs : 0
    this.#pulse = pulse
    return this.#silentMs >= PATIENCE_MS
  }
}
