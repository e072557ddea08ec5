/** Wakes the reader of a ring: a writer's last step after writing, and a reader's last step before it sleeps. */

import { Spin } from './spin.js'

/**
 * | state of a reader | what a writer does after writing |
 * |---|---|
 * | awake | nothing: the reader checks for mail once more before it sleeps |
 * | sleeping | posts a bell, unless one is on its way already: the reader is in its event loop |
 * | spinning | nothing: the reader polls the state word |
 * | blocked | `Atomics.notify`: the reader waits on the state word |
 *
 * A writer writes first and then exchanges the state; a reader sets its state first and then checks for mail. Whichever comes
 * second sees what the other did, so no wake-up is lost.
 */
const AWAKE = 0
const SLEEPING = 1
const BLOCKED = 2
const SPINNING = 3

/** How often a spinning reader polls: for about as long as the kernel takes to put a thread to sleep and wake it, 20 to 40 µs. */
const LOOKS = 2000

/** What ended a block: `mail` to read; a wake-up without mail, if that was read already or the line closes; or the timeout. */
export type Waking = 'mail' | 'woken' | 'timeout'

/** Words of shared memory a doorbell needs: the reader's state, and whether a posted bell is on its way to the reader. */
export const DOORBELL_WORDS = 2
const QUIET = 0
const SOUNDED = 1

export class Doorbell {
  readonly #words: Int32Array
  readonly #state: number
  readonly #bell: number
  readonly #spin = new Spin()

  /** The doorbell's two words are those of `words` from index `first` on. */
  constructor(words: Int32Array, first: number) {
    this.#words = words
    this.#state = first
    this.#bell = first + 1
  }

  /** For the writer: wakes the reader, by `post` if the reader is in its event loop. At most one post is on its way at a time. */
  sound(post: () => void): void {
    const words = this.#words
    const state = Atomics.exchange(words, this.#state, AWAKE)
    if (state === BLOCKED) Atomics.notify(words, this.#state)
    else if (state === SLEEPING && Atomics.exchange(words, this.#bell, SOUNDED) === QUIET) post()
  }

  /** For the reader: the posted bell has come. The reader must call this before it looks for mail, or it may miss the next bell. */
  answer(): void {
    Atomics.store(this.#words, this.#bell, QUIET)
  }

  /** For the reader: it returns to its event loop. False if there is mail already, which it must read first. */
  rest(hasMail: () => boolean): boolean {
    Atomics.store(this.#words, this.#state, SLEEPING)
    return !hasMail()
  }

  /** For the reader: blocks its thread while there is no mail, for `timeoutMs` at most. Afterwards its state is `sleeping`. */
  block(hasMail: () => boolean, timeoutMs: number): Waking {
    const waking = this.#catches(hasMail) ? 'ok' : this.#wait(hasMail, timeoutMs)
    Atomics.store(this.#words, this.#state, SLEEPING)
    if (hasMail()) return 'mail'
    return waking === 'timed-out' ? 'timeout' : 'woken'
  }

  /** Spins if that is due (`Spin`). Returns whether mail came, or a writer changed the state, meanwhile. */
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
