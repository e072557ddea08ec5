/** Who is woken, and how: the last step of whoever has written, and the last step of whoever is about to sleep. */

import { Spin } from './spin.js'

/**
 * | state of a reader | what a writer does after writing |
 * |---|---|
 * | awake | nothing: the reader looks once more before it sleeps |
 * | sleeping | sounds the bell, by a message: the reader is in its event loop |
 * | spinning | nothing: the reader looks at this very word, again and again |
 * | blocked | notifies: the reader waits on this very word |
 *
 * A writer writes, then looks at the state; a reader sets the state, then looks for what was written. Whichever comes
 * second sees the other, so that no wake-up is lost.
 */
const AWAKE = 0
const SLEEPING = 1
const BLOCKED = 2
const SPINNING = 3

/** So often a spinning reader looks: for about as long as it takes to put a thread to sleep and wake it, some 20 to 40 µs. */
const LOOKS = 2000

/** What ended a block: something to read, a wake-up for what was read already, or nothing. */
export type Waking = 'mail' | 'woken' | 'timeout'

/** Words of shared memory a doorbell needs: the reader's state, and whether the bell has sounded and was not answered yet. */
export const DOORBELL_WORDS = 2
const QUIET = 0
const SOUNDED = 1

export class Doorbell {
  readonly #words: Int32Array
  readonly #state: number
  readonly #bell: number
  readonly #spin = new Spin()

  /** Its words are those of `words` from `first` on. */
  constructor(words: Int32Array, first: number) {
    this.#words = words
    this.#state = first
    this.#bell = first + 1
  }

  /** The writer's: wakes the reader, by `post` if it is in its event loop. At most one is on its way at a time. */
  sound(post: () => void): void {
    const words = this.#words
    const state = Atomics.exchange(words, this.#state, AWAKE)
    if (state === BLOCKED) Atomics.notify(words, this.#state)
    else if (state === SLEEPING && Atomics.exchange(words, this.#bell, SOUNDED) === QUIET) post()
  }

  /** The reader's: the bell has sounded. It looks for mail after that, not before. */
  answer(): void {
    Atomics.store(this.#words, this.#bell, QUIET)
  }

  /** The reader's: it goes to its event loop, and wants to hear the bell. False if there is mail already: it must look again. */
  rest(hasMail: () => boolean): boolean {
    Atomics.store(this.#words, this.#state, SLEEPING)
    return !hasMail()
  }

  /** The reader's: blocks its thread while there is no mail, for `timeoutMs` at most. Afterwards it counts as sleeping. */
  block(hasMail: () => boolean, timeoutMs: number): Waking {
    const waking = this.#catches(hasMail) ? 'ok' : this.#wait(hasMail, timeoutMs)
    Atomics.store(this.#words, this.#state, SLEEPING)
    if (hasMail()) return 'mail'
    return waking === 'timed-out' ? 'timeout' : 'woken'
  }

  /** Spins, if that is likely to pay. */
  #catches(hasMail: () => boolean): boolean {
    if (!this.#spin.isDue()) return false
    const words = this.#words
    const state = this.#state
    Atomics.store(words, state, SPINNING)
    if (hasMail()) return true
    let left = LOOKS
    while (left > 0 && Atomics.load(words, state) === SPINNING) left--
    this.#spin.ended(left > 0 ? 'caught' : 'in vain')
    return left > 0
  }

  #wait(hasMail: () => boolean, timeoutMs: number): ReturnType<typeof Atomics.wait> {
    Atomics.store(this.#words, this.#state, BLOCKED)
    return hasMail() ? 'ok' : Atomics.wait(this.#words, this.#state, BLOCKED, timeoutMs)
  }
}
