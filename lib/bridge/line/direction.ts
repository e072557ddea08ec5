/** One direction of a line, as one of its ends sees it: the ring its frames lie in, which may be replaced, and the words beside it. */

import { DOORBELL_WORDS, Doorbell } from './doorbell.js'
import { RING_WORDS, Ring } from './ring.js'

/** Words per direction, after those of its ring: messages sent by port, the reader's doorbell, the writer's signs of life. */
const POSTED = RING_WORDS
const DOORBELL = RING_WORDS + 1
const TURNS = DOORBELL + DOORBELL_WORDS
const LISTENS = TURNS + 1
export const DIRECTION_WORDS = 8

/** Every line has this much for each direction, for as long as it lives. */
export const HOME_BYTES = 16 * 1024
/** A ring that was not large enough is replaced by one of four times its size. */
const GROWTH = 4
const MOST_BYTES = 256 * 1024

/** Where frames lie: a ring, and the words in front of its frames. */
class Place {
  readonly headWords: Int32Array

  constructor(readonly ring: Ring) {
    const { buffer, byteOffset, byteLength } = ring.bytes
    this.headWords = new Int32Array(buffer, byteOffset, byteLength >> 2)
  }

  /** In memory of its own, its control in front. */
  static in(memory: SharedArrayBuffer): Place {
    const control = new Int32Array(memory, 0, RING_WORDS)
    return new Place(new Ring(control, new Uint8Array(memory, RING_WORDS * 4)))
  }
}

export class Direction {
  readonly bell: Doorbell
  readonly #words: Int32Array
  readonly #home: Place
  #place: Place
  /** The most bytes that lay in the ring at a time, and the longest frame, since it was last asked. */
  #most = 0

  /** `words` and `home` are the line's own memory; `count` the messages sent, or received, so far; modulo 2^32. */
  constructor(
    words: Int32Array,
    home: Uint8Array,
    public count: number,
  ) {
    this.#words = words
    this.bell = new Doorbell(words, DOORBELL)
    this.#home = new Place(new Ring(words, home))
    this.#place = this.#home
  }

  get ring(): Ring {
    return this.#place.ring
  }

  get headWords(): Int32Array {
    return this.#place.headWords
  }

  countOn(): void {
    this.count = (this.count + 1) >>> 0
  }

  /** Messages that were sent by port, ever; modulo 2^32. */
  get posted(): number {
    return Atomics.load(this.#words, POSTED)
  }

  countPosted(): void {
    Atomics.add(this.#words, POSTED, 1)
  }

  get turns(): number {
    return Atomics.load(this.#words, TURNS)
  }

  turn(): void {
    Atomics.add(this.#words, TURNS, 1)
  }

  get listens(): number {
    return Atomics.load(this.#words, LISTENS)
  }

  listen(): void {
    Atomics.add(this.#words, LISTENS, 1)
  }

  /** The writer's: room for a frame, as in `Ring.claim`. */
  claim(bytes: number): number {
    const at = this.ring.claim(bytes)
    // One that has no room would lie there if it could.
    const taken = at < 0 ? this.ring.bytes.byteLength : this.ring.taken
    this.#most = Math.max(this.#most, taken, 2 * bytes)
    return at
  }

  /** The writer's: memory for a larger ring, which is sure to have room for `bytes`; `undefined` where there is none so large. */
  larger(bytes: number): SharedArrayBuffer | undefined {
    let size = this.ring.bytes.byteLength
    if (size === MOST_BYTES) return undefined
    do size *= GROWTH
    while (size < 2 * bytes && size < MOST_BYTES)
    return new SharedArrayBuffer(RING_WORDS * 4 + size)
  }

  /** The writer's, asked again and again: whether all that went lately would have found room at home. */
  get fitsHome(): boolean {
    const most = this.#most
    this.#most = 0
    return most < HOME_BYTES / 2
  }

  /** From the next message on, frames lie there: in `memory`, or at home. What lies in the old ring came before. */
  move(memory: SharedArrayBuffer | undefined): void {
    this.#place = memory === undefined ? this.#home : Place.in(memory)
  }
}
