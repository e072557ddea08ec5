/** Whether the host still lives, as a blocked guest can see it: a word that ends, what it died of, and a pulse that goes on. */

import { HostLostError } from '../base/errors.js'
import { markedMemory } from '../base/marked-memory.js'
import { heard, type SpokenError } from './line/spoken-errors.js'

const STATE = 0
const PULSE = 1
/** Bytes of the text that says what it died of. */
const LENGTH = 2
const CONTROL_BYTES = 3 * 4
const MEMORY_BYTES = 4096

const ALIVE = 0
/** Somebody writes down what it died of; dead already. */
const DYING = 1
const DEAD = 2

/** Looks without a pulse after which a host counts as dead, though it never said so. A blocked event loop has none either. */
const PATIENCE_MS = 10_000
/** How often the host moves its pulse. */
export const PULSE_MS = 500

export function lifeMemory(): SharedArrayBuffer {
  return markedMemory(MEMORY_BYTES)
}

/** Whether there is room in it for what a life says. */
export function canHoldLife(memory: SharedArrayBuffer): boolean {
  return memory.byteLength >= MEMORY_BYTES
}

export class Life {
  readonly #words: Int32Array
  readonly #text: Buffer
  #pulse = 0
  #silentMs = 0

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, CONTROL_BYTES / 4)
    this.#text = Buffer.from(memory, CONTROL_BYTES, MEMORY_BYTES - CONTROL_BYTES)
  }

  beat(): void {
    Atomics.add(this.#words, PULSE, 1)
  }

  /** For good. The first who says it may say what it died of. */
  end(cause?: SpokenError): void {
    if (Atomics.compareExchange(this.#words, STATE, ALIVE, DYING) !== ALIVE) return
    const text = cause === undefined ? '' : JSON.stringify(cause)
    const fits = Buffer.byteLength(text) <= this.#text.byteLength
    Atomics.store(this.#words, LENGTH, fits ? this.#text.write(text) : 0)
    Atomics.store(this.#words, STATE, DEAD)
  }

  /** What it died of, where that is known. */
  get cause(): SpokenError | undefined {
    if (Atomics.load(this.#words, STATE) !== DEAD) return undefined
    const length = Atomics.load(this.#words, LENGTH)
    return length === 0 ? undefined : (JSON.parse(this.#text.toString('utf8', 0, length)) as SpokenError)
  }

  /** What whoever waits for it is told once it is over. */
  get loss(): HostLostError {
    const { cause } = this
    return new HostLostError(cause && heard(cause))
  }

  /** Whether it was said that it is over. */
  get hasEnded(): boolean {
    return Atomics.load(this.#words, STATE) !== ALIVE
  }

  /** To be asked after `waitedMs` of waiting in vain. */
  isOver(waitedMs: number): boolean {
    if (this.hasEnded) return true
    const pulse = Atomics.load(this.#words, PULSE)
    this.#silentMs = pulse === this.#pulse ? this.#silentMs + waitedMs : 0
    this.#pulse = pulse
    return this.#silentMs >= PATIENCE_MS
  }
}
