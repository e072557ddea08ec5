/** Shows a guest, even a blocked one, whether its host is alive: a state word, the cause of death, and a pulse, in shared memory. */

import { HostLostError } from '../base/errors.js'
import { markedMemory } from '../base/marked-memory.js'
import { deserializeError, type SerializedError } from './line/serialized-errors.js'

const STATE = 0
const PULSE = 1
/** How many bytes of text say what the host died of. */
const LENGTH = 2
const CONTROL_BYTES = 3 * 4
const MEMORY_BYTES = 4096

const ALIVE = 0
/** The host is dead, and the cause is being written down. */
const DYING = 1
const DEAD = 2

/**
 * A host whose pulse stands still for this long counts as dead. It is this long because a host whose event loop is blocked has no
 * pulse either.
 */
const PATIENCE_MS = 10_000
/** How often the host moves its pulse. */
export const PULSE_MS = 500

export function lifeMemory(): SharedArrayBuffer {
  return markedMemory(MEMORY_BYTES)
}

/** Whether `memory` is large enough for a `Life`. */
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

  /** Marks the host as dead, for good. Only the first call can give the cause. */
  end(cause?: SerializedError): void {
    if (Atomics.compareExchange(this.#words, STATE, ALIVE, DYING) !== ALIVE) return
    const text = cause === undefined ? '' : JSON.stringify(cause)
    const fits = Buffer.byteLength(text) <= this.#text.byteLength
    Atomics.store(this.#words, LENGTH, fits ? this.#text.write(text) : 0)
    Atomics.store(this.#words, STATE, DEAD)
  }

  /** What the host died of, if that is known. */
  get cause(): SerializedError | undefined {
    if (Atomics.load(this.#words, STATE) !== DEAD) return undefined
    const length = Atomics.load(this.#words, LENGTH)
    return length === 0 ? undefined : (JSON.parse(this.#text.toString('utf8', 0, length)) as SerializedError)
  }

  /** The error for everything that waits for a dead host. */
  get loss(): HostLostError {
    const { cause } = this
    return new HostLostError(cause && deserializeError(cause))
  }

  /** Whether the host was marked as dead. */
  get hasEnded(): boolean {
    return Atomics.load(this.#words, STATE) !== ALIVE
  }

  /** Whether the host was marked as dead, or has had no pulse for too long. `waitedMs`: the caller's wait since its last call. */
  isOver(waitedMs: number): boolean {
    if (this.hasEnded) return true
    const pulse = Atomics.load(this.#words, PULSE)
    this.#silentMs = pulse === this.#pulse ? this.#silentMs + waitedMs : 0
    this.#pulse = pulse
    return this.#silentMs >= PATIENCE_MS
  }
}
