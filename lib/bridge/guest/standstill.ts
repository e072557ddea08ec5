/** What waits for this thread itself: where that is all there is, the thread would sleep for ever, and has to be told so. */

/** Only the host knows who waits behind whom. It is asked whenever a thread that holds others up has slept for a while. */
export class Standstill {
  readonly #ask: (question: number) => void
  /** The question whose answer still counts: none once something has moved here, which the host did not know of. */
  #asked: number | undefined
  #calls: ReadonlySet<number> = NONE

  constructor(ask: (question: number) => void) {
    this.#ask = ask
  }

  /** Nobody has been told anything for a while. `question` is a number that was not used yet. */
  suspect(question: number): void {
    if (this.#asked !== undefined) return
    this.#asked = question
    this.#ask(question)
  }

  /** `calls` wait for what this thread leads or writes, says the answer to `question`. */
  confirm(question: number, calls: readonly number[]): void {
    if (question !== this.#asked) return
    this.#asked = undefined
    this.#calls = new Set(calls)
  }

  /** Something moves here: all may be otherwise from now on. */
  clear(): void {
    this.#asked = undefined
    this.#calls = NONE
  }

  /** Whether the answer to `call` needs this thread to go on first. */
  includes(call: number): boolean {
    return this.#calls.has(call)
  }
}

const NONE: ReadonlySet<number> = new Set()
