/** Delivers wake-ups after the change that caused them is whole; whoever is woken may call any method of the cache. */

import { callSafely } from '../base/call-safely.js'
import type { Entry } from './entry.js'

export class Wakes {
  #due: Entry[] = []
  #delivering = false
  readonly #check: (() => void) | undefined

  /** `check` sees the state after each operation, before anyone is told. */
  constructor(check?: () => void) {
    this.#check = check
  }

  add(entry: Entry): void {
    this.#due.push(entry)
  }

  /** Every public operation ends with this. Inside of one of them it does nothing: the outermost call is still delivering. */
  deliver(): void {
    this.#check?.()
    if (this.#delivering || this.#due.length === 0) return
    this.#delivering = true
    while (this.#due.length > 0) {
      const batch = this.#due
      this.#due = []
      for (const entry of batch) {
        const waker = entry.takeWaker()
        if (waker !== undefined) callSafely(() => waker.wake())
      }
    }
    this.#delivering = false
  }
}
