/** Knows which calls of this guest wait for this guest itself, so that a thread with only such calls does not sleep for ever. */

/**
 * Only the host knows which transaction waits for which. It is asked each time that a thread with open transactions or writers has
 * slept for a while without news.
 */
export class SelfWaits {
  readonly #ask: (question: number) => void
  /** The question whose answer is still valid. `undefined` once a message has changed something since the question was sent. */
  #asked: number | undefined
  #calls: ReadonlySet<number> = NONE

  constructor(ask: (question: number) => void) {
    this.#ask = ask
  }

  /** Asks the host, unless an answer is due. `question` is an unused call number. */
  ask(question: number): void {
    if (this.#asked !== undefined) return
    this.#asked = question
    this.#ask(question)
  }

  /** The host's answer to `question`: `calls` wait for what this thread leads or writes. */
  answered(question: number, calls: readonly number[]): void {
    if (question !== this.#asked) return
    this.#asked = undefined
    this.#calls = new Set(calls)
  }

  /** A message has come, so the calls may no longer wait for this thread. */
  clear(): void {
    this.#asked = undefined
    this.#calls = NONE
  }

  /** Whether `call` waits for this thread, as far as the host has said. */
  includes(call: number): boolean {
    return this.#calls.has(call)
  }
}

const NONE: ReadonlySet<number> = new Set()
