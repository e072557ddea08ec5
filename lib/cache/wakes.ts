/** Delivers wake-ups once the change that caused them is complete, so that a waker may call any method of the cache. */

import { callSafely } from '../base/call-safely.js'
import type { Entry } from './entry.js'

export class Wakes {
  #due: Entry[] = []
  #delivering = false
  readonly #check: (() => void) | undefined

  /** `check` runs after each operation, before any waker is called. */
  constructor(check?: () => void) {
    this.#check = check
  }

  add(entry: Entry): void {
    this.#due.push(entry)
  }

  /** Ends every operation that may wake an entry. In an operation that a waker made it delivers nothing: the outer call does. */
  deliver(): void {
    this.#check?.()
    if (this.#delivering) return
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
