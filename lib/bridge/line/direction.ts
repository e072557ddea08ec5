/** One direction of a line as one end sees it: its current ring of frames, which may be replaced, and its shared counters. */

import { DOORBELL_WORDS, Doorbell } from './doorbell.js'
import { RING_WORDS, Ring } from './ring.js'

/**
 * Words per direction, after the two of its initial ring: a count of the messages sent by port, the reader's doorbell, and two
 * counters by which the writer shows that its thread is alive.
 */
const POSTED = RING_WORDS
const DOORBELL = RING_WORDS + 1
const TURNS = DOORBELL + DOORBELL_WORDS
const LISTENS = TURNS + 1
export const DIRECTION_WORDS = 8

/** The initial ring of each direction lies in the line's own memory, and stays there for the line's whole life. */
export const INITIAL_RING_BYTES = 16 * 1024
/** A ring that is too small is replaced by one of four times its size. */
const GROWTH = 4
const MOST_BYTES = 256 * 1024

/** A ring of frames, and a view of the same memory as words, to read and write the heads of the frames. */
class FrameRing {
  readonly headWords: Int32Array

  constructor(readonly ring: Ring) {
    const { buffer, byteOffset, byteLength } = ring.bytes
    this.headWords = new Int32Array(buffer, byteOffset, byteLength >> 2)
  }

  /** A ring in memory of its own, which begins with the ring's control words. */
  static in(memory: SharedArrayBuffer): FrameRing {
    const control = new Int32Array(memory, 0, RING_WORDS)
    return new FrameRing(new Ring(control, new Uint8Array(memory, RING_WORDS * 4)))
  }
}

export class Direction {
  readonly bell: Doorbell
  readonly #words: Int32Array
  readonly #initial: FrameRing
  #current: FrameRing
  /** The most bytes that lay in the ring at a time, or twice the longest frame if that is more, since `fitsInitialRing` was read. */
  #most = 0

  /** `words` and `initial` are the line's own memory. `count` is how many messages were sent, or received, so far, modulo 2^32. */
  constructor(
    words: Int32Array,
    initial: Uint8Array,
    public count: number,
  ) {
    this.#words = words
    this.bell = new Doorbell(words, DOORBELL)
    this.#initial = new FrameRing(new Ring(words, initial))
    this.#current = this.#initial
  }

  get ring(): Ring {
    return this.#current.ring
  }

  get headWords(): Int32Array {
    return this.#current.headWords
  }

  advance(): void {
    this.count = (this.count + 1) >>> 0
  }

  /** How many messages were ever sent by port, modulo 2^32. */
  get posted(): number {
    return Atomics.load(this.#words, POSTED)
  }

  countPosted(): void {
    Atomics.add(this.#words, POSTED, 1)
  }

  /** How often the writer has shown that its thread goes on with its requests. */
  get turns(): number {
    return Atomics.load(this.#words, TURNS)
  }

  turn(): void {
    Atomics.add(this.#words, TURNS, 1)
  }

  /** How often the writer has shown that its event loop takes in messages. */
  get listens(): number {
    return Atomics.load(this.#words, LISTENS)
  }

  listen(): void {
    Atomics.add(this.#words, LISTENS, 1)
  }

  /** For the writer: claims room for a frame, as `Ring.claim` does. */
  claim(bytes: number): number {
    const at = this.ring.claim(bytes)
    // A frame that did not fit means that more than the whole ring was needed.
    const taken = at < 0 ? this.ring.bytes.byteLength : this.ring.taken
    this.#most = Math.max(this.#most, taken, 2 * bytes)
    return at
  }

  /** For the writer: memory for a larger ring with room for `bytes`; `undefined` if the ring already has the largest size. */
  larger(bytes: number): SharedArrayBuffer | undefined {
    let size = this.ring.bytes.byteLength
    if (size === MOST_BYTES) return undefined
    do size *= GROWTH
    while (size < 2 * bytes && size < MOST_BYTES)
    return new SharedArrayBuffer(RING_WORDS * 4 + size)
  }

  /** For the writer, read periodically: whether, since the last read, half the initial ring would have had room at all times. */
  get fitsInitialRing(): boolean {
    const most = this.#most
    this.#most = 0
    return most < INITIAL_RING_BYTES / 2
  }

  /**
   * From the next message on, frames lie in `memory`, or in the initial ring if that is `undefined`. Frames in the old ring have
   * lower message numbers, so the reader has read all of them when it moves.
   */
  move(memory: SharedArrayBuffer | undefined): void {
    this.#current = memory === undefined ? this.#initial : FrameRing.in(memory)
  }
}
